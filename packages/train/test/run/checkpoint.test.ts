import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  listCheckpoints,
  readCheckpoint,
  resolveConfig,
  restoreCheckpoint,
  saveCheckpoint,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { scratch } from "../tiny-faces.ts";

before(() => tf.setBackend("onnx"));

const tinyState = () =>
  createTrainState(createNet("resface-small", { imageSize: [16, 16], embeddingSize: 4, seed: 1 }), 3, {
    momentum: 0.9,
    seed: 1,
  });
const infoAt = (step: number) => ({
  progress: { step, epoch: 1, batchInEpoch: 0, pass: 1, batchInPass: 0, seconds: 2 },
  config: resolveConfig({ dataDir: "faces" }),
  data: "fingerprint",
});

test("saveCheckpoint() writes what restoreCheckpoint() brings back, and keeps the newest", async () => {
  const { dir, remove } = await scratch();
  const [state, other] = [await tinyState(), await tinyState()];
  tf.tidy(() => state.head_DN.assign(tf.mul(state.head_DN, 2)));
  for (const step of [1, 2, 3]) await saveCheckpoint(dir, state, infoAt(step), { kept: 2 });
  const paths = await listCheckpoints(dir);
  assert.deepEqual(
    paths.map((path) => path.slice(-18)),
    ["000002.safetensors", "000003.safetensors"],
  );
  const checkpoint = await readCheckpoint(paths[1]);
  assert.deepEqual(checkpoint.info, infoAt(3));
  restoreCheckpoint(other, checkpoint);
  assert.deepEqual(await other.head_DN.data(), await state.head_DN.data());
  assert.equal(other.step, 3);
  disposeTrainState(state);
  disposeTrainState(other);
  await remove();
});

test("saveCheckpoint() refuses values that are not finite and leaves the earlier checkpoint alone", async () => {
  const { dir, remove } = await scratch();
  const state = await tinyState();
  const kept = await saveCheckpoint(dir, state, infoAt(1), { kept: 1 });
  tf.tidy(() => state.head_DN.assign(tf.mul(state.head_DN, Number.NaN)));
  await assert.rejects(saveCheckpoint(dir, state, infoAt(2), { kept: 1 }), {
    name: "NonFiniteStateError",
    message: /checkpoint of step 2: expected finite values in head, got NaN/,
  });
  assert.deepEqual(await listCheckpoints(dir), [kept]);
  disposeTrainState(state);
  await remove();
});
