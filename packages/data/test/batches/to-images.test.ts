import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { toImages } from "@amface/data";
import { crop } from "../crops.ts";

test("toImages() is (pixels - 127.5) / 128 in float32, batch first", () => {
  const dark = { data: Uint8Array.from([0, 1, 127]), width: 1, height: 1 };
  const light = { data: Uint8Array.from([128, 254, 255]), width: 1, height: 1 };
  const images = toImages([dark, light]);
  assert.deepEqual(images.shape, [2, 1, 1, 3]);
  assert.equal(images.dtype, "float32");
  const expected = [0, 1, 127, 128, 254, 255].map((p) => (p - 127.5) / 128);
  assert.deepEqual(Array.from(images.dataSync()), expected);
  images.dispose();
});

test("toImages() refuses no images, mixed sizes and floats", () => {
  const floats = new Float32Array(3) as unknown as Uint8Array;
  assert.throws(() => toImages([{ data: floats, width: 1, height: 1 }]), /8-bit pixels .*, got Float32Array/);
  assert.throws(() => toImages([]), /Cannot make a batch: expected at least one image/);
  assert.throws(() => toImages([crop(1), crop(2, [6, 4])]), /one size, got 6x4 and 4x6/);
  assert.throws(() => toImages([{ data: new Uint8Array(5), width: 1, height: 2 }]), RangeError);
});
