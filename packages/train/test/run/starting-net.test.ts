import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, loadNet, readSafetensors, saveNet } from "@amface/nets";
import { type TrainConfigInput, train } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { tinyFaces, tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 4, { embeddingSize: 8, maxSteps: 1, tensorboard: false }));
});
after(() => remove());

test("train() starts from a pretrained model's weights and statistics, with a head for other people", {
  timeout: 60_000,
}, async () => {
  const first = await train({ ...config, maxSteps: 3 }, { runDir: join(dir, "first") });
  const dataDir = await tinyFaces(join(dir, "others"), 5, 4);
  // A rate of almost 0 leaves weights as they were; statistics move by what the net keeps of them.
  const fine = {
    ...config,
    dataDir,
    pretrainedModel: join(dir, "first"),
    learningRate: 1e-30,
    weightDecay: 0,
  };
  const summary = await train(fine, { runDir: join(dir, "fine") });
  const tensors = async (path: string) => (await readSafetensors(path)).tensors;
  const [before, after] = [await tensors(first.model as string), await tensors(summary.model as string)];
  for (const [name, { data }] of after) {
    const same = !/moving_/.test(name);
    if (same) assert.deepEqual(data, before.get(name)?.data, name);
    else assert.notDeepEqual(data, before.get(name)?.data, name);
  }
  assert.deepEqual((await tensors(summary.checkpoint)).get("head")?.shape, [8, 5]);
  const { net, metadata } = await loadNet(summary.model as string);
  assert.ok(!metadata.training.includes(dir));
  net.model.dispose();
  // The model is needed at the start only.
  const gone = { ...fine, pretrainedModel: join(dir, "gone"), maxSteps: 2 };
  assert.equal((await train(gone, { runDir: join(dir, "fine"), resume: true })).steps, 2);
});

test("train() refuses pretrained models of another net or size, and what is none, before it trains", async () => {
  const file = join(dir, "saved.safetensors");
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 9 });
  await saveNet(net, file);
  net.model.dispose();
  const count = tf.memory().numTensors;
  const cases: [Partial<TrainConfigInput>, RegExp][] = [
    [{ embeddingSize: 4 }, /saved\.safetensors: expected embeddingSize to be 8 as there, got 4$/],
    [{ net: "resface20" }, /expected net to be resface-small as there, got resface20$/],
    [{ batchNorm: false }, /expected batchNorm to be true as there, got false$/],
    [
      { pretrainedModel: join(dir, "none") },
      /none: expected a model that amface saved, or the folder of a finished run/,
    ],
    [{ pretrainedModel: dir }, /expected a model that amface saved, or the folder of a finished run, got/],
  ];
  for (const [i, [more, message]] of cases.entries()) {
    const runDir = join(dir, `refused-${i}`);
    await assert.rejects(train({ ...config, pretrainedModel: file, ...more }, { runDir }), {
      name: "ConfigError",
      message,
    });
    const names = await readdir(join(runDir, "checkpoints")).catch(() => []);
    assert.deepEqual(names, []);
  }
  assert.equal(tf.memory().numTensors, count);
});
