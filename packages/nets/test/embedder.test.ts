import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { type Crop, createNet, embedder, embedImages } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

const [H, W, D] = [20, 16, 4];
const net = () =>
  createNet("resface-small", { imageSize: [H, W], embeddingSize: D, keepProbability: 0.5, seed: 3 });
const crop = (seed: number): Crop => ({
  data: Uint8Array.from({ length: H * W * 3 }, (_, i) => Math.imul(i + 1, seed * 0x9e3779b1 + 1) >>> 24),
  width: W,
  height: H,
});
const CROPS = [1, 2, 3, 4, 5].map(crop);

/** Embeddings by TensorFlow.js's operations. */
function expected(model: tf.LayersModel, crops: readonly Crop[]): Float32Array {
  return tf.tidy(() => {
    const pixels = tf.stack(crops.map(({ data }) => tf.tensor3d([...data], [H, W, 3]))) as tf.Tensor4D;
    const images = tf.div(tf.sub(pixels, 127.5), 128);
    return (model.predict(images) as tf.Tensor).dataSync() as Float32Array;
  });
}

const near = (got: ArrayLike<number>, want: ArrayLike<number>) => {
  assert.equal(got.length, want.length);
  for (let i = 0; i < want.length; i++)
    assert.ok(Math.abs(got[i] - want[i]) < 1e-5, `${got[i]}, expected ${want[i]}`);
};

test("embedder() embeds crops, or their pixels in one piece, in batches of any size", async () => {
  const { model, ...rest } = net();
  const plain = expected(model, CROPS);
  const count = tf.memory().numTensors;
  for (const batchSize of [1, 2, 64]) {
    const embed = embedder({ model, ...rest }, { batchSize });
    assert.equal(embed.size, D);
    near(await embed(CROPS), plain);
    near(await embed(Uint8Array.from(CROPS.flatMap(({ data }) => [...data]))), plain);
    assert.equal((await embed([])).length, 0);
  }
  assert.equal(tf.memory().numTensors, count);
  model.dispose();
});

test("warmUp() leaves nothing to compile for a batch of that size", async () => {
  const face = net();
  const embed = embedder(face, { batchSize: 5 });
  const backend = tf.backend() as OnnxBackend;
  backend.spinning = false; // or other processes that begin or end would have models compiled again
  await embed.warmUp();
  const before = backend.compilations;
  const rows = await embed(CROPS);
  assert.equal(backend.compilations, before);
  near(rows, expected(face.model, CROPS));
  face.model.dispose();
});

test("embedder() says what it expected", async () => {
  const face = net();
  const embed = embedder(face);
  await assert.rejects(embed([{ ...CROPS[0], width: H, height: W }]), {
    name: "RangeError",
    message: /expected RGB crops of 16x20, got 20x16 \(width x height\) with 960 values/,
  });
  const floats = Float32Array.from(CROPS[0].data, (v) => v / 255) as unknown as Uint8Array;
  await assert.rejects(embed([{ ...CROPS[0], data: floats }]), {
    name: "TypeError",
    message: /expected 8-bit pixels 0\.\.255 in a Uint8Array, got Float32Array; embedImages takes floats/,
  });
  await assert.rejects(embed(new Uint8Array(7)), /a multiple of 960 pixel values, got 7/);
  assert.throws(() => embedder(face, { batchSize: 0 }), /expected a batch size of 1 or more/);
  face.model.dispose();
});

test("embedImages() is replayed from the third batch on, with the weights of the moment", async () => {
  const made = net();
  const images = tf.randomUniform<tf.Rank.R4>([2, H, W, 3], -1, 1, "float32", 1);
  const embed = () => embedImages(made, images);
  const byLayers = () => tf.tidy(() => (made.model.apply(images) as tf.Tensor).dataSync());
  const before = byLayers();
  near(await embed(), before);
  await embed();
  const { apply } = made.model;
  made.model.apply = () => assert.fail("the net was called");
  near(await embed(), before);
  for (const weight of made.model.weights) weight.write(tf.mul(weight.read(), 1.1));
  const moved = await embed();
  made.model.apply = apply;
  near(moved, byLayers());
  assert.ok(moved.some((value, i) => Math.abs(value - before[i]) > 1e-3));
});
