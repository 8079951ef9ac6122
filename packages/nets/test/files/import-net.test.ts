import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  createNet,
  type FaceNet,
  importNet,
  type NamedTensor,
  netTensors,
  readSafetensors,
} from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../test/slow.ts";
import { permute } from "../../src/files/permute.ts";
import { PYTORCH } from "../../src/files/pytorch-names.ts";
import { asCheckpoint } from "../as-checkpoint.ts";
import { runPyTorch, withoutPyTorch } from "./pytorch-peer.ts";

let folder: string;
before(async () => {
  await tf.setBackend("onnx");
  folder = await mkdtemp(join(tmpdir(), "amface-import-"));
});
after(() => rm(folder, { recursive: true }));

for (const [pytorch, name] of [
  ["sphere20", "resface20"],
  ["iresnet50", "lresnet50e-ir"],
] as const) {
  test(`importNet() of ${pytorch}'s PyTorch names gives what PyTorch gives`, {
    skip: withoutPyTorch || (slow() ? false : "slow: run with AMFACE_SLOW=1"),
    timeout: 120_000,
  }, async () => {
    const path = join(folder, pytorch);
    runPyTorch("make-pytorch-nets.py", pytorch, path);
    const tensors = new Map((await readSafetensors(`${path}.safetensors`)).tensors);
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

/** The variables of a MobileFaceNet under PyTorch's names, in its layouts. */
async function asPyTorch(net: FaceNet): Promise<Map<string, NamedTensor>> {
  const result = new Map<string, NamedTensor>();
  for (const { name, shape, data } of await netTensors(net.model)) {
    const at = name.lastIndexOf("/");
    const [theirs] = PYTORCH.names("mobilefacenet", name.slice(0, at), name.slice(at + 1));
    const depthwise = name.endsWith("/depthwise_kernel");
    const order = depthwise ? [2, 3, 0, 1] : shape.length === 4 ? [3, 2, 0, 1] : [1, 0].slice(-shape.length);
    const kernel = /kernel$/.test(name);
    result.set(theirs, {
      name: theirs,
      shape: kernel ? order.map((axis) => shape[axis]) : shape.filter((size) => size !== 1),
      data: kernel ? permute(data, shape, order) : data,
    });
  }
  return result;
}

test("importNet() finds PyTorch's names behind a prefix, takes the image size from them and makes up for the divisor", async () => {
  const net = createNet("mobilefacenet", { imageSize: [112, 112], embeddingSize: 4, seed: 5 });
  const bare = await asPyTorch(net);
  const head = { name: "", shape: [2], data: Float32Array.of(1, 2) };
  for (const prefix of ["", "module.", "module.backbone.", "features."]) {
    const tensors = new Map([...bare].map(([name, tensor]) => [prefix + name, tensor]));
    if (prefix !== "") tensors.set("head.weight", head);
    const again = importNet("mobilefacenet", tensors);
    assert.deepEqual(again.options, { ...net.options, seed: 0 });
    assert.deepEqual(await netTensors(again.model), await netTensors(net.model));
    again.model.dispose();
  }
  const scaled = importNet("mobilefacenet", bare, { divisor: 64 });
  const [[first], [ours]] = await Promise.all([netTensors(scaled.model), netTensors(net.model)]);
  assert.deepEqual(
    first.data,
    ours.data.map((value) => 2 * value),
  );
  scaled.model.dispose();
  net.model.dispose();
  assert.throws(
    () => importNet("mobilefacenet", new Map([["head.weight", head]])),
    /a tensor conv1.conv.weight, got none/,
  );
});
