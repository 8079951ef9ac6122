import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { createNet, kernels, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { slow } from "../../../test/slow.ts";

before(() => tf.setBackend("cpu"));

const TINY = { imageSize: [16, 16], embeddingSize: 8 } as const;

test("createNet() builds ResFace20 with the paper's convolutions, in its order", () => {
  const { model, description } = createNet("resface20");
  const convolutions = kernels(model).map(({ name, variable }) => `${name} ${variable.shape}`);
  assert.equal(convolutions.length, 4 + 2 * (1 + 2 + 4 + 1) + 1);
  assert.deepEqual(convolutions.slice(0, 5), [
    "stage1/down/kernel 3,3,3,64",
    "stage1/unit1/conv1/kernel 3,3,64,64",
    "stage1/unit1/conv2/kernel 3,3,64,64",
    "stage2/down/kernel 3,3,64,128",
    "stage2/unit1/conv1/kernel 3,3,128,128",
  ]);
  assert.equal(convolutions.at(-1), `embedding/kernel ${7 * 6 * 512},512`);
  // Kernels: (9·3·64 + 2·9·64²) + (9·64·128 + 4·9·128²) + (9·128·256 + 8·9·256²) + (9·256·512 + 2·9·512²)
  // + 21504·512. Scale, offset and slope: 3 numbers a channel of every convolution; two statistics on top.
  const channels = 3 * 64 + 5 * 128 + 9 * 256 + 3 * 512;
  assert.equal(description.trainableParameters, 22_660_800 + 3 * channels + 2 * 512);
  assert.equal(description.parameters, description.trainableParameters + 2 * channels + 2 * 512);
  model.dispose();
});

test("createNet() halves the image four times, rounding up", () => {
  const { model } = createNet("resface-small", { imageSize: [112, 96] });
  assert.deepEqual(model.getLayer("flatten").outputShape, [null, 7 * 6 * 128]);
  assert.deepEqual(model.outputs[0].shape, [null, 128]);
  model.dispose();
});

test("createNet() without batch normalisation has biases instead", () => {
  const { model } = createNet("resface-small", { ...TINY, batchNorm: false });
  const kinds = new Set(netVariables(model).map(({ name }) => name.split("/").at(-1)));
  assert.deepEqual([...kinds].sort(), ["alpha", "bias", "kernel"]);
  assert.equal(netVariables(model).filter(({ name }) => name.endsWith("/bias")).length, 13);
  model.dispose();
});

test("createNet() draws the same weights from the same seed, and others from another or for another layer", () => {
  const values = (seed: number) => {
    const { model } = createNet("resface-small", { ...TINY, seed });
    const result = kernels(model).map(({ variable }) => Array.from(variable.dataSync().slice(0, 20)));
    model.dispose();
    return result;
  };
  const zero = values(0);
  assert.deepEqual(zero, values(0));
  assert.notDeepEqual(zero[0], values(1)[0]);
  assert.notDeepEqual(zero[1], zero[2]);
});

test("createNet() starts residual convolutions at 0.01 and strided ones by Xavier's rule", () => {
  const { model } = createNet("resface-small", TINY);
  for (const { name, variable } of kernels(model)) {
    const deviation = tf.tidy(() => tf.sqrt(tf.moments(variable).variance).dataSync()[0]);
    const [fanIn, fanOut] =
      name === "embedding/kernel" ? variable.shape : variable.shape.slice(2).map((n) => 9 * n);
    // A truncated normal keeps 0.8796 of its deviation; a uniform on ±l has l/√3, l = √(6 / (in + out)).
    const expected = name.includes("unit") ? 0.01 * 0.8796 : Math.sqrt(2 / (fanIn + fanOut));
    assert.ok(Math.abs(deviation / expected - 1) < 0.08, `${name}: ${deviation}, expected ${expected}`);
  }
  model.dispose();
});

test("createNet() moves batch normalisation's statistics in training and uses them in inference", () => {
  const { model } = createNet("resface-small", TINY);
  const images = tf.randomUniform<tf.Rank.R4>([4, 16, 16, 3], -1, 1, "float32", 1);
  const infer = () => tf.tidy(() => (model.apply(images) as tf.Tensor).dataSync());
  const first = infer();
  assert.deepEqual(infer(), first);
  tf.tidy(() =>
    tf.variableGrads(() => tf.sum(model.apply(images, { training: true }) as tf.Tensor) as tf.Scalar),
  );
  assert.notDeepEqual(infer(), first);
  images.dispose();
  model.dispose();
});

test("createNet() refuses names, options and values that it does not know", () => {
  assert.throws(() => createNet("resnet"), /expected one of resface20, .*, got "resnet"/);
  assert.throws(() => createNet("toString"), RangeError);
  assert.throws(
    () => createNet("resface-small", { embeddingSize: 0 }),
    /embeddingSize to be a positive integer, got 0/,
  );
  assert.throws(() => createNet("resface-small", { imageSize: [112] as never }), RangeError);
  assert.throws(() => createNet("resface-small", { keepProbability: 0 }), RangeError);
  assert.throws(() => createNet("resface-small", { keepProbability: Number.NaN }), RangeError);
  assert.throws(() => createNet("resface-small", { seed: 0.5 }), RangeError);
  assert.throws(() => createNet("resface-small", { size: 3 } as never), TypeError);
});

test("createNet() refuses an embedding that no memory could hold, before it asks for any", () => {
  assert.throws(() => createNet("resface-small", { embeddingSize: 999_999_999 }), {
    name: "RangeError",
    message: /expected at most \d+ weights before the embedding, got \d+ .*lower embeddingSize or imageSize/,
  });
});

test("createNet() embeds in inference as in training, once the statistics have settled", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 120_000,
}, () => {
  const { model } = createNet("resface-small", TINY);
  const images = tf.randomUniform<tf.Rank.R4>([4, 16, 16, 3], -1, 1, "float32", 1);
  const embed = (training: boolean) =>
    tf.tidy(() => (model.apply(images, { training }) as tf.Tensor).dataSync());
  for (let i = 0; i < 150; i++) embed(true); // leaves 0.9¹⁵⁰ = 1e-7 of where the statistics began
  const [expected, got] = [embed(true), embed(false)];
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 0.01, `${value}, expected ${expected[i]}`);
  });
  model.dispose();
});
