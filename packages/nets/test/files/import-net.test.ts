import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, importNet, type NamedTensor, netTensors, readSafetensors } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../test/slow.ts";
import { asCheckpoint } from "../as-checkpoint.ts";

let folder: string;
before(async () => {
  await tf.setBackend("onnx");
  folder = await mkdtemp(join(tmpdir(), "amface-import-"));
});
after(() => rm(folder, { recursive: true }));

const PYTHON = "/usr/bin/python3";
const hasPyTorch = spawnSync(PYTHON, ["-c", "import torch"]).status === 0;

for (const [pytorch, name] of [
  ["sphere20", "resface20"],
  ["iresnet50", "lresnet50e-ir"],
] as const) {
  test(`importNet() of ${pytorch}'s PyTorch names gives what PyTorch gives`, {
    skip: !hasPyTorch
      ? "needs PyTorch under /usr/bin/python3"
      : slow()
        ? false
        : "slow: run with AMFACE_SLOW=1",
    timeout: 120_000,
  }, async () => {
    const path = join(folder, `${pytorch}.safetensors`);
    const script = join(import.meta.dirname, "make-pytorch-nets.py");
    const { status, stderr } = spawnSync(PYTHON, [script, pytorch, path], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const tensors = new Map((await readSafetensors(path)).tensors);
    const [images, expected] = ["images", "embeddings"].map((key) => tensors.get(key) as NamedTensor);
    tensors.delete("images");
    tensors.delete("embeddings");
    const net = importNet(name, tensors, { imageSize: [32, 32] });
    assert.equal(net.description.embeddingSize, 8);
    const batch = tf.tensor4d(images.data, images.shape as [number, number, number, number]);
    const got = tf.tidy(() => (net.model.predict(batch) as tf.Tensor).dataSync());
    const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    got.forEach((value, i) => {
      assert.ok(Math.abs(value - expected.data[i]) < 1e-4 * largest, `${value}, PyTorch ${expected.data[i]}`);
    });
    net.model.dispose();
    batch.dispose();
  });
}

test("importNet() takes the reference's TensorFlow variables, and leaves heads and optimizers out", async () => {
  const net = createNet("resface20", { imageSize: [16, 16], embeddingSize: 4, seed: 5 });
  const tensors = await asCheckpoint(net);
  const extra = { name: "", shape: [2], data: Float32Array.of(1, 2) };
  tensors.set("AM_logits/Variable", extra);
  tensors.set("Resface/Conv1/Conv1_pre/weights/Momentum", extra);
  const options = { from: "tensorflow", imageSize: [16, 16] } as const;
  const again = importNet("resface20", tensors, options);
  assert.deepEqual(again.options, { ...net.options, seed: 0 });
  assert.deepEqual(await netTensors(again.model), await netTensors(net.model));
  again.model.dispose();

  // The reference's first batch normalisations had no scale; here they are 1 in a new net as well.
  const scales = [...tensors.keys()].filter((name) => name.endsWith("/gamma"));
  const unscaled = new Map([...tensors].filter(([name]) => !name.endsWith("/gamma")));
  const plain = importNet("resface20", unscaled, options);
  assert.deepEqual(await netTensors(plain.model), await netTensors(net.model));
  plain.model.dispose();
  unscaled.set(scales[0], tensors.get(scales[0])!);
  assert.throws(() => importNet("resface20", unscaled, options), /expected a tensor .*\/gamma, got none/);

  const count = tf.memory().numTensors;
  tensors.set("Resface/more", extra);
  assert.throws(() => importNet("resface20", tensors, options), {
    name: "NetFileError",
    message: "Cannot load resface20 from the tensors: expected only the net's tensors, got Resface/more",
  });
  tensors.delete("Resface/more");
  tensors.delete("Resface/Conv4/Conv4/Conv4_1/Conv_1/PRelu/prelu_alphas");
  assert.throws(
    () => importNet("resface20", tensors, options),
    /expected a tensor Resface\/Conv4\/Conv4\/Conv4_1\/Conv_1\/PRelu\/prelu_alphas, got none/,
  );
  assert.throws(
    () => importNet("mobilefacenet", tensors, options),
    /Cannot import a net from tensorflow: expected one of resface20, .*, got mobilefacenet/,
  );
  assert.equal(tf.memory().numTensors, count);
  net.model.dispose();
});
