import assert from "node:assert/strict";
import { test } from "node:test";
import { createNet } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../test/slow.ts";
import { createTrainState, disposeTrainState, trainStep } from "../src/mod.ts";

const MB = 2 ** 20;

const skip = slow() ? false : "slow: run with AMFACE_SLOW=1";

test("1,000 training steps leak no tensor, no model and no memory", { skip }, async () => {
  await tf.setBackend("onnx");
  const start = tf.memory().numTensors;
  const net = createNet("resface-small", { seed: 1, imageSize: [56, 48], embeddingSize: 64 });
  const state = await createTrainState(net, 200, { momentum: 0.9, seed: 1 });
  const resident: number[] = [];
  let after: { tensors: number; bytes: number; models: number } | undefined;
  for (let step = 1; step <= 1000; step++) {
    const images = tf.randomNormal<tf.Rank.R4>([8, 56, 48, 3], 0, 1, "float32", step);
    const labels = tf.tensor1d(
      Int32Array.from({ length: 8 }, (_, i) => (8 * step + i) % 200),
      "int32",
    );
    await trainStep(
      state,
      { images, labels },
      { learningRate: 0.1 / step, margin: 0.2, scale: 16, weightDecay: 5e-4 },
    );
    tf.dispose([images, labels]);
    const { numTensors: tensors, numBytes: bytes } = tf.memory();
    const now = { tensors, bytes, models: (tf.backend() as OnnxBackend).compilations };
    if (step === 2) after = now;
    if (step > 2) assert.deepEqual(now, after);
    if (step % 100 === 0) resident.push(process.memoryUsage().rss);
  }
  const growth = Math.min(...resident.slice(-3)) - Math.min(...resident.slice(0, 3));
  assert.ok(growth < 64 * MB, `resident memory: ${resident.map((bytes) => Math.round(bytes / MB))} MB`);
  disposeTrainState(state);
  assert.equal(tf.memory().numTensors, start);
});
