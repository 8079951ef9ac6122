import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIG_KEYS, OPTIMIZER_NAMES, OPTIMIZERS, resolveConfig } from "@amface/train";
import { resolveSavedConfig } from "../../src/config/resolve-config.ts";

test("resolveConfig() fills in the paper's margin, scale, momentum and weight decay", () => {
  const config = resolveConfig({ dataDir: "faces" });
  assert.deepEqual([config.margin, config.scale, config.momentum, config.weightDecay], [0.35, 30, 0.9, 5e-4]);
  assert.equal(config.net, "resface20");
  assert.deepEqual(config.imageSize, [112, 96]);
});

test("resolveConfig() is stable: a resolved config resolves to itself, through JSON too", () => {
  const config = resolveConfig({
    dataDir: "faces",
    net: "resface-small",
    epochSize: 10,
    learningRateSchedule: "0: 0.1",
  });
  assert.deepEqual(resolveConfig(JSON.parse(JSON.stringify(config))), config);
});

test("resolveConfig() names the nearest option for an unknown one", () => {
  const refuse = (key: string, nearest: string) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", [key]: 1 }), {
      name: "ConfigError",
      message: `Cannot use the training config: there is no option ${key}; the nearest is ${nearest}`,
    });
  refuse("learnigRate", "learningRate");
  refuse("batchsize", "batchSize");
  refuse("maxEpochs", "maxNrofEpochs");
  refuse("weigthdecay", "weightDecay");
  refuse("checkpointKept", "checkpointsKept");
});

test("resolveConfig() lists every value that is out of range under its name", () => {
  const bad = {
    embeddingSize: 0,
    imageSize: [112],
    keepProbability: 0,
    maxNrofEpochs: 1.5,
    batchSize: -1,
    epochSize: 0,
    randomFlip: "yes",
    margin: -0.1,
    scale: 0,
    weightDecay: -1,
    momentum: 1,
    learningRate: 0,
    net: "resnet",
    seed: Number.NaN,
  };
  try {
    resolveConfig({ dataDir: "faces", ...bad });
    assert.fail("accepted");
  } catch (error) {
    const { name, message } = error as Error;
    assert.equal(name, "ConfigError");
    for (const key of Object.keys(bad))
      assert.ok(message.includes(`${key}: `) || message.includes(`${key}.`), message);
  }
});

test("runs of earlier versions keep their schedule by epochs, beside which a rate and its decay changed nothing", () => {
  const saved = {
    ...{ dataDir: "faces", learningRateSchedule: "0: 0.1" },
    ...{ learningRate: 0.1, learningRateDecayFactor: 0.5, learningRateDecayEpochs: 3 },
  };
  const { learningRate, learningRateSchedule } = resolveSavedConfig(saved);
  assert.deepEqual([learningRate, learningRateSchedule], [undefined, "0: 0.1"]);
  assert.equal(
    resolveSavedConfig({ ...saved, learningRateSchedule: undefined }).learningRateDecayFactor,
    0.5,
  );
});

test("resolveConfig() wants a data folder and a readable schedule", () => {
  assert.throws(() => resolveConfig({}), /dataDir: /);
  assert.throws(() => resolveConfig("faces"), { name: "ConfigError" });
  assert.throws(() => resolveConfig({ dataDir: "faces", learningRateSchedule: "1: 0.1" }), {
    name: "ConfigError",
    message: /Cannot read learningRateSchedule line 1: expected the first epoch to be 0, got 1/,
  });
});

test("resolveConfig() says what it expected and what it got", () => {
  const refuse = (input: unknown, message: string) =>
    assert.throws(() => resolveConfig(input), {
      name: "ConfigError",
      message: `Cannot use the training config: ${message}`,
    });
  refuse({ dataDir: "faces", momentum: 1 }, "momentum: expected number to be <1, got 1");
  refuse({ dataDir: 3 }, "dataDir: expected string, got 3");
  refuse({ dataDir: "faces", imageSize: [112, "x"] }, 'imageSize.1: expected number, got "x"');
  refuse({ dataDir: "faces", batchSize: Number.NaN }, "batchSize: expected number, got NaN");
  refuse(null, "config: expected object, got null");
});

test("resolveConfig() gives every optimizer its own hyper-parameters, and refuses another's", () => {
  for (const optimizer of OPTIMIZER_NAMES) {
    const config = resolveConfig({ dataDir: "faces", optimizer });
    const { learningRate, momentum, beta1, beta2, rho, epsilon, initialAccumulator } = config;
    const own = { learningRate, momentum, beta1, beta2, rho, epsilon, initialAccumulator };
    const defined = Object.entries(own).filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(defined), OPTIMIZERS[optimizer].defaults);
    assert.deepEqual(resolveConfig(config), config);
  }
  assert.equal(resolveConfig({ dataDir: "faces", optimizer: "adam", beta1: 0.5 }).beta1, 0.5);
  assert.throws(() => resolveConfig({ dataDir: "faces", optimizer: "adam", momentum: 0.9 }), {
    name: "ConfigError",
    message: /expected learningRate, beta1, beta2, epsilon as options of the optimizer adam, got momentum$/,
  });
});

test("CONFIG_KEYS names every option of a resolved config", () => {
  for (const key of Object.keys(resolveConfig({ dataDir: "faces" })))
    assert.ok(CONFIG_KEYS.includes(key as never), key);
});
