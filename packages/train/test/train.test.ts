import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import "@tensorflow/tfjs-backend-cpu";
import { packShards } from "@amface/data";
import { loadNet, readSafetensors } from "@amface/nets";
import {
  type LoggedStep,
  readCheckpoint,
  readRunConfig,
  type StepMetrics,
  type TrainConfigInput,
  train,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { ALIGNMENT_RECORD as record } from "../../../test/alignment-record.ts";
import { slow } from "../../../test/slow.ts";
import { tinyFaces, tinyRun } from "./tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 5, {
    embeddingSize: 8,
    maxNrofEpochs: 2,
    keepProbability: 0.5,
    learningRate: 0.02,
    seed: 5,
  }));
});
after(() => remove());

const json = async (...path: string[]) => JSON.parse(await readFile(join(dir, ...path), "utf8"));
const lines = async (...path: string[]) =>
  (await readFile(join(dir, ...path), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
/** The steps without what a clock put into them. */
const untimed = (metrics: StepMetrics[]) =>
  metrics.map(({ seconds: _, dataSeconds: __, imagesPerSecond: ___, ...rest }) => rest);
const tensors = async (path: string) => [...(await readSafetensors(path)).tensors.values()];

test("train() leaves out what the config's list of exclusions names", async () => {
  const excludeFile = join(dir, "exclude.txt");
  await writeFile(excludeFile, "person0/\nperson1/3.jpg\n");
  const summary = await train(
    { ...config, excludeFile, maxNrofEpochs: 1 },
    { runDir: join(dir, "excluded") },
  );
  assert.deepEqual([summary.identities, summary.photos], [2, 9]);
});

test("train() leaves config, metrics, checkpoints, net and summary in the run's folder", async () => {
  const runDir = join(dir, "whole");
  const steps: StepMetrics[] = [];
  const epochs: number[] = [];
  const count = tf.memory().numTensors;
  const summary = await train(config, {
    runDir,
    engine: "onnx",
    onStart: ({ identities, photos, stepsPerEpoch, step }) =>
      assert.deepEqual([identities, photos, stepsPerEpoch, step], [3, 15, 3, 0]),
    onStep: ({ details: _, ...metrics }) => void steps.push(metrics),
    onEpoch: ({ epoch, steps }) => void epochs.push(epoch, steps),
  });
  assert.equal(tf.memory().numTensors, count);
  assert.deepEqual(epochs, [0, 3, 1, 3]);
  const logged = (await lines("whole", "metrics.jsonl")) as LoggedStep[];
  assert.deepEqual(
    logged.map(({ photos: _, ...metrics }) => metrics),
    steps,
  );
  assert.ok(logged.every(({ photos = "" }) => /^[0-9a-f]{16}$/.test(photos)));
  assert.deepEqual(
    steps.map(({ step, epoch }) => [step, epoch]),
    [0, 1, 2, 3, 4, 5].map((i) => [i + 1, i < 3 ? 0 : 1]),
  );
  assert.ok(steps.every(({ seconds, dataSeconds }) => seconds > dataSeconds && dataSeconds >= 0));
  assert.deepEqual((await readdir(join(runDir, "checkpoints"))).sort(), [
    "step-000000.safetensors",
    "step-000003.safetensors",
    "step-000006.safetensors",
  ]);
  assert.deepEqual((await readdir(runDir)).sort(), [
    "checkpoints",
    "config.json",
    "metrics.jsonl",
    "model.safetensors",
    "report.html",
    "start.json",
    "tensorboard",
    "train.json",
  ]);
  assert.deepEqual(await json("whole", "train.json"), summary);
  assert.deepEqual(
    [
      summary.finished,
      summary.steps,
      summary.epochs,
      summary.identities,
      summary.photos,
      summary.skippedPhotos,
    ],
    [true, 6, 2, 3, 15, 0],
  );
  assert.equal((await readRunConfig(runDir)).margin, 0.35);

  const { net, metadata } = await loadNet(join(runDir, "model.safetensors"));
  assert.equal(JSON.parse(metadata.training).steps, 6);
  assert.ok(!metadata.training.includes(dir));
  const saved = new Map((await tensors(summary.checkpoint)).map(({ name, data }) => [name, data]));
  for (const { name, data } of await tensors(join(runDir, "model.safetensors"))) {
    assert.deepEqual(data, saved.get(`net/${name}`), name);
  }
  net.model.dispose();
});

for (const backend of ["onnx", "cpu"]) {
  const skip = backend === "cpu" && !slow() ? "slow: run with AMFACE_SLOW=1" : false;
  test(`train() resumed after one of two epochs equals two epochs, bit for bit, on ${backend}`, {
    skip,
    timeout: 300_000,
  }, async () => {
    await tf.setBackend(backend);
    const [straight, halves] = [join(dir, `${backend}-straight`), join(dir, `${backend}-halves`)];
    const whole = await train(config, { runDir: straight });
    await train({ ...config, maxNrofEpochs: 1 }, { runDir: halves });
    const resumed = await train(config, { runDir: halves, resume: true });
    assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
    assert.deepEqual(
      untimed(await lines(`${backend}-halves`, "metrics.jsonl")),
      untimed(await lines(`${backend}-straight`, "metrics.jsonl")),
    );
    await tf.setBackend("onnx");
  });
}

test("train() stops at a signal after the step in progress, and resumes in the middle of the epoch", async () => {
  const [straight, halves] = [join(dir, "abort-straight"), join(dir, "abort-halves")];
  const longer = { ...config, epochSize: 4, maxNrofEpochs: 2 }; // passes of 3 batches: epochs cross them
  const whole = await train(longer, { runDir: straight });
  assert.equal(whole.steps, 8);

  const controller = new AbortController();
  const onStep = ({ step }: StepMetrics) => step === 5 && controller.abort();
  const first = await train(longer, {
    runDir: halves,
    signal: controller.signal,
    onStep: (m) => void onStep(m),
  });
  assert.deepEqual([first.finished, first.steps, first.epochs, first.model], [false, 5, 1, undefined]);
  assert.match(first.checkpoint, /step-000005\.safetensors$/);
  // Lines of steps after the checkpoint, and one that was cut off, as a crash leaves them:
  const metrics = join(halves, "metrics.jsonl");
  await writeFile(metrics, `${await readFile(metrics, "utf8")}{"step":6,"loss":1}\n{"step":7,"lo`);

  const second = await train(await readRunConfig(halves), { runDir: halves, resume: true });
  assert.deepEqual([second.finished, second.steps, second.epochs], [true, 8, 2]);
  assert.deepEqual(await tensors(second.checkpoint), await tensors(whole.checkpoint));
  assert.deepEqual(
    untimed(await lines("abort-halves", "metrics.jsonl")),
    untimed(await lines("abort-straight", "metrics.jsonl")),
  );
});

test("train() on shards resumes in the middle of the epoch, bit for bit", async () => {
  const shards = join(dir, "shards");
  await packShards(config.dataDir, shards, { shardSize: 6 });
  const onShards = { ...config, dataDir: shards, epochSize: 4 };
  const [straight, halves] = [join(dir, "shards-straight"), join(dir, "shards-halves")];
  const whole = await train(onShards, { runDir: straight });
  assert.deepEqual([whole.identities, whole.photos, whole.steps], [3, 15, 8]);
  const stop = new AbortController();
  await train(onShards, {
    runDir: halves,
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === 5) stop.abort();
    },
  });
  const resumed = await train(onShards, { runDir: halves, resume: true });
  assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
});

test("train() on a damaged shard names the record, or passes over it and counts it", async () => {
  const shards = join(dir, "damaged-shards");
  await packShards(config.dataDir, shards);
  const shard = join(shards, "faces-00000.tfrecord");
  const bytes = await readFile(shard);
  bytes[bytes.length >> 1] ^= 1;
  await writeFile(shard, bytes);
  const onShards = { ...config, dataDir: shards, maxNrofEpochs: 1 };
  await assert.rejects(
    train(onShards, { runDir: join(dir, "damaged") }),
    /Cannot read record 7 of .*checksum/,
  );
  const skipped: string[] = [];
  const summary = await train(
    { ...onShards, skipCorrupt: true },
    { runDir: join(dir, "skipping"), onSkip: ({ path }) => skipped.push(path) },
  );
  assert.deepEqual(skipped, [`record 7 of ${shard}`]);
  assert.deepEqual([summary.steps, summary.skippedPhotos], [3, 1]);
});

test("train() keeps the last checkpoints only, as many as asked", async () => {
  const runDir = join(dir, "kept");
  await train({ ...config, epochSize: 1, maxNrofEpochs: 4, checkpointsKept: 2 }, { runDir });
  assert.deepEqual((await readdir(join(runDir, "checkpoints"))).sort(), [
    "step-000003.safetensors",
    "step-000004.safetensors",
  ]);
});

test("train() ends where the schedule says so, and uses its rates", async () => {
  const rates: number[] = [];
  const learningRateSchedule = "0: 0.02, 1: 0.01, 2: -1";
  const summary = await train(
    { ...config, epochSize: 1, maxNrofEpochs: 9, learningRate: undefined, learningRateSchedule },
    { runDir: join(dir, "schedule"), onStep: ({ learningRate }) => void rates.push(learningRate) },
  );
  assert.deepEqual(rates, [0.02, 0.01]);
  assert.deepEqual([summary.finished, summary.epochs], [true, 2]);
});

test("train() ends after maxSteps in the middle of an epoch, and goes on from there", async () => {
  const runDir = join(dir, "max-steps");
  const seen: [number, number][] = [];
  const epochs: number[] = [];
  const bySteps = {
    ...config,
    maxNrofEpochs: undefined,
    maxSteps: 5,
    schedule: { type: "cosine", warmup: 2, length: 8 } as const,
  };
  const first = await train(bySteps, {
    runDir,
    onStart: ({ totalSteps }) => assert.equal(totalSteps, 5),
    onStep: ({ step, learningRate }) => void seen.push([step, learningRate]),
    onEpoch: ({ step, steps }) => void epochs.push(step, steps),
  });
  assert.deepEqual([first.finished, first.steps, first.epochs, epochs], [true, 5, 1, [3, 3, 5, 2]]);
  const cosine = (t: number) => 0.01 * (1 + Math.cos((Math.PI * (t - 2)) / 6));
  const expected = [0.01, 0.02, 0.02, cosine(3), cosine(4)];
  seen.forEach(([step, rate], i) => {
    assert.ok(step === i + 1 && Math.abs(rate - expected[i]) < 1e-12, `${rate}`);
  });
  const longer = { ...bySteps, maxSteps: 8 };
  const resumed = await train(longer, { runDir, resume: true });
  const whole = await train(longer, { runDir: join(dir, "max-steps-whole") });
  assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
});

test("train() with everything on resumes bit for bit, and saves the averaged net with its loss", {
  timeout: 60_000,
}, async () => {
  const all = {
    ...config,
    optimizer: "adamw",
    loss: "adaface",
    centerLossFactor: 0.1,
    emaDecay: 0.9,
    clipNorm: 1,
    accumulateSteps: 2,
    learningRate: 1e-3,
    schedule: { type: "cosine", length: 6 },
  } as const;
  const [straight, halves] = [join(dir, "all-straight"), join(dir, "all-halves")];
  const whole = await train(all, { runDir: straight });
  await train({ ...all, maxSteps: 2 }, { runDir: halves });
  const resumed = await train(all, { runDir: halves, resume: true });
  assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
  const saved = new Map((await tensors(whole.checkpoint)).map(({ name, data }) => [name, data]));
  for (const name of ["lengths", "centers", "moment2/head", "average/embedding/kernel"])
    assert.ok(saved.has(name));
  for (const { name, data } of await tensors(join(straight, "model.safetensors"))) {
    assert.deepEqual(data, saved.get(`average/${name}`), name);
  }
  const { net, metadata } = await loadNet(join(straight, "model.safetensors"));
  const expected = { name: "adaface", margin: 0.4, concentration: 0.333, scale: 64 };
  assert.deepEqual(JSON.parse(metadata.loss), { ...expected, centerLossFactor: 0.1, centerLossAlfa: 0.95 });
  net.model.dispose();
});

test("train() warms margin and scale up", async () => {
  const losses = async (name: string, more: object) => {
    const seen: number[] = [];
    const runDir = join(dir, name);
    const onStep = ({ crossEntropy }: StepMetrics) => void seen.push(crossEntropy);
    await train({ ...config, maxNrofEpochs: undefined, maxSteps: 3, ...more }, { runDir, onStep });
    return seen;
  };
  const warmed = { marginStart: 0.1, marginWarmupSteps: 2, scaleStart: 10, scaleWarmupSteps: 4 };
  const [rising, fixed] = [await losses("warm", warmed), await losses("cold", { margin: 0.1, scale: 10 })];
  assert.equal(rising[0], fixed[0]);
  assert.ok(rising[1] > 1.2 * fixed[1], `${rising} ${fixed}`);
});

test("train() refuses to mix runs: other options, other photos, a folder in use, nothing to resume", async () => {
  const runDir = join(dir, "mixed");
  const once = { ...config, epochSize: 1, maxNrofEpochs: 1 };
  await train(once, { runDir });
  await assert.rejects(
    train(once, { runDir }),
    /expected no checkpoints there, got .*; resume that run, or choose/,
  );
  await assert.rejects(train({ ...once, batchSize: 5 }, { runDir, resume: true }), {
    name: "ConfigError",
    message: /expected batchSize to be 4 as before, got 5; start a new run to change it/,
  });
  await assert.rejects(train({ ...once, embeddingSize: undefined }, { runDir, resume: true }), {
    name: "ConfigError",
    message: /expected embeddingSize to be 8 as before, got undefined/,
  });
  const dataDir = await tinyFaces(join(dir, "more-faces"), 3, 6);
  await assert.rejects(train({ ...once, dataDir }, { runDir, resume: true }), {
    name: "CheckpointError",
    message: /the photos in .* are not those of the run/,
  });
  await assert.rejects(
    train(once, { runDir: join(dir, "none"), resume: true }),
    /expected a checkpoint in .*, got none/,
  );
});

test("train() names a file in the place of its folder, and a run that is none", async () => {
  const file = join(dir, "a-file");
  await writeFile(file, "");
  await assert.rejects(train(config, { runDir: file }), {
    name: "WriteError",
    message: /^Cannot write .*a-file: expected a folder, got a file; choose another$/,
  });
  await assert.rejects(readRunConfig(file), {
    name: "ConfigError",
    message:
      /^Cannot read the config of run .*: expected .*config\.json as amface train writes it, got no such file$/,
  });
});

test("train() names data that nothing can be learnt from before it makes a folder", async () => {
  const runDir = join(dir, "never");
  const one = await tinyFaces(join(dir, "one"), 1, 5);
  await assert.rejects(
    train({ ...config, dataDir: one }, { runDir }),
    /expected 2 identities or more, got 1/,
  );
  await assert.rejects(
    train({ ...config, batchSize: 16 }, { runDir }),
    /expected 16 photos \(batchSize\) or more, got 15; lower batchSize/,
  );
  await assert.rejects(
    train({ ...config, batchSize: 8, balance: { identities: 8, photos: 1 } }, { runDir }),
    /expected 8 identities \(balance\) or more, got 3/,
  );
  await assert.rejects(
    train({ ...config, sampleRate: 0.5 }, { runDir }),
    /expected a share of 3 identities \(sampleRate\) that holds those of a batch of 4, got 2 of them; raise sampleRate/,
  );
  await assert.rejects(train({ ...config, dataDir: join(dir, "none") }, { runDir }), /expected a folder/);
  await assert.rejects(readdir(runDir), /ENOENT/);
});

test("train() reports photos that cannot be read and trains on the others", async () => {
  const dataDir = await tinyFaces(join(dir, "broken"), 3, 5);
  await writeFile(join(dataDir, "person1", "2.png"), "not a picture");
  const skipped: string[] = [];
  const summary = await train(
    { ...config, dataDir },
    { runDir: join(dir, "broken-run"), onSkip: ({ path }) => void skipped.push(path) },
  );
  assert.ok(skipped.every((path) => path === join(dataDir, "person1", "2.png")) && skipped.length >= 1);
  assert.equal(summary.skippedPhotos, 1);
  await rm(dataDir, { recursive: true });
});

test("train() keeps how its photos were aligned, and resumes with no others", async () => {
  const dataDir = await tinyFaces(join(dir, "recorded"), 3, 5);
  const file = join(dataDir, "alignment.json");
  await writeFile(file, JSON.stringify(record));
  const runDir = join(dir, "recorded-run");
  const once = { ...config, dataDir, epochSize: 1, maxNrofEpochs: 1 };
  const { checkpoint } = await train(once, { runDir });
  assert.deepEqual(await json("recorded-run", "alignment.json"), record);
  assert.deepEqual((await readCheckpoint(checkpoint)).info.alignment, record);
  const { net, metadata } = await loadNet(join(runDir, "model.safetensors"));
  assert.deepEqual(JSON.parse(metadata.alignment), record);
  net.model.dispose();
  await writeFile(file, JSON.stringify({ ...record, minSize: 40, missing: "center" }));
  await assert.rejects(train({ ...once, maxNrofEpochs: 2 }, { runDir, resume: true }), {
    name: "CheckpointError",
    message: /aligned as before, got minSize 40 instead of 20; restore them/,
  });
  await writeFile(file, JSON.stringify({ ...record, missing: "center" }));
  assert.equal((await train({ ...once, maxNrofEpochs: 2 }, { runDir, resume: true })).steps, 2);
});
