import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { importNet, isTensorFlowCheckpoint, readTensorFlowCheckpoint } from "@amface/nets";
import { type NdArray, readNpy } from "@amface/numpy";
import * as tf from "@tensorflow/tfjs";
import { pythonWith } from "../../../../../test/python-with.ts";
import { slow } from "../../../../../test/slow.ts";

const python = slow() ? pythonWith("tensorflow") : undefined;
const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : !python && "needs a Python with TensorFlow, as AMFACE_PYTHON or as python3";

let dir: string;
before(
  async () => {
    if (skip) return;
    await tf.setBackend("onnx");
    dir = mkdtempSync(join(tmpdir(), "amface-tensorflow-"));
    const script = join(import.meta.dirname, "make-tensorflow-checkpoints.py");
    const { status, stderr } = spawnSync(python!, [script, dir], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  },
  { timeout: 300_000 },
);
after(() => {
  if (dir) rmSync(dir, { recursive: true });
});

const from = "tensorflow";
const array = (name: string) => readNpy(readFileSync(join(dir, name))) as NdArray;

for (const [format, path, variables] of [
  ["of two data files, with head, step, momentum and moving averages", "all.ckpt-2.index", 294],
  ["in the format before 0.12", "v1.ckpt-2", 125],
] as const) {
  test(`a checkpoint that TensorFlow wrote ${format} becomes a net that embeds as TensorFlow does`, {
    skip,
    timeout: 300_000,
  }, async () => {
    assert.equal(await isTensorFlowCheckpoint(join(dir, path)), true);
    const tensors = await readTensorFlowCheckpoint(join(dir, path));
    assert.equal(tensors.size, variables);
    const net = importNet("resface20", tensors, { from });
    const images = array("images.npy");
    const batch = tf.tensor4d(images.data as Float32Array, images.shape as [number, number, number, number]);
    const got = tf.tidy(() => (net.model.predict(batch) as tf.Tensor).dataSync());
    const expected = array("embeddings.npy").data as Float32Array;
    assert.equal(got.length, 2 * 512);
    let largest = 0;
    let furthest = 0;
    expected.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value));
      furthest = Math.max(furthest, Math.abs(value - got[i]));
    });
    assert.ok(largest > 1, `embeddings of at most ${largest}`);
    assert.ok(furthest <= 1e-5 * largest, `${furthest} from TensorFlow's, which are at most ${largest}`);
    net.model.dispose();
    batch.dispose();
  });
}

test("a checkpoint of what is trained alone lacks the moving statistics, and is refused by their name", {
  skip,
  timeout: 120_000,
}, async () => {
  const tensors = await readTensorFlowCheckpoint(join(dir, "trainable.ckpt-2"));
  assert.throws(() => importNet("resface20", tensors, { from }), {
    name: "NetFileError",
    message: /expected a tensor Resface\/Conv1\/Conv1_pre\/BatchNorm\/moving_mean, got none/,
  });
});

test("a checkpoint of TensorFlow's that is cut off is refused, in either format", {
  skip,
  timeout: 120_000,
}, async () => {
  const [old, data] = ["v1.ckpt-2", "all.ckpt-2.data-00001-of-00002"].map((name) => join(dir, name));
  truncateSync(old, 1_000_000);
  assert.equal(await isTensorFlowCheckpoint(old), false);
  await assert.rejects(readTensorFlowCheckpoint(old), {
    name: "CheckpointFormatError",
    message: /expected a table of variables, but its last bytes are others/,
  });
  truncateSync(data, 1_000_000);
  await assert.rejects(readTensorFlowCheckpoint(join(dir, "all.ckpt-2")), {
    name: "CheckpointFormatError",
    message: /expected data file 1 with at least \d+ bytes, got 1000000/,
  });
});
