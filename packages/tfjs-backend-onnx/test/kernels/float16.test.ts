import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { exportOnnx, type OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { SWIFTSHADER, skipWithoutDriver } from "../swiftshader.ts";

await tf.setBackend("onnx");
const backend = tf.backend() as OnnxBackend;

/** The nearest float16: eleven bits from 2⁻¹⁴ on, multiples of 2⁻²⁴ below, infinity from 65,520 on. */
function half(value: number): number {
  const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1e-30))) - 10);
  const [low, rest] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? 1 : 0;
  const rounded = (low + up) * unit;
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Infinity : rounded;
}

const halves = (tensor: tf.Tensor) =>
  tf.tensor(Float32Array.from(tensor.dataSync(), half), tensor.shape, "float32");

const CASES = [
  { image: [2, 7, 6, 5], filter: [3, 3, 5, 4], strides: 1 },
  { image: [2, 9, 8, 3], filter: [3, 3, 3, 8], strides: 2 },
  { image: [2, 6, 5, 16], filter: [1, 1, 16, 8], strides: 1 },
] as const;

for (const { image, filter, strides } of CASES) {
  test(`a convolution of [${image}] by ${strides} in float16 is the float32 one of rounded operands, rounded`, () => {
    const [x, w] = [image, filter].map((shape, seed) => tf.randomNormal([...shape], 0, 1, "float32", seed));
    const convolve = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, "same");
    const dy = tf.randomNormal(convolve(x, w).shape, 0, 1, "float32", 7);
    const results = (x: tf.Tensor, w: tf.Tensor, dy: tf.Tensor) => [
      convolve(x, w),
      ...tf.grads(convolve)([x, w], dy),
    ];
    const [y, dx, dw] = backend.inFloat16(() => results(x, w, dy));
    const [exactY, exactDx] = results(halves(x), halves(w), halves(dy));
    const exactDw = results(x, w, dy)[2];
    for (const [name, actual, exact] of [
      ["y", y, exactY],
      ["dx", dx, exactDx],
    ] as const) {
      const wanted = exact.dataSync();
      const got = actual.dataSync();
      assert.ok(
        got.every((value) => half(value) === value),
        `${name} is float16`,
      );
      // Sums of another order may fall on the other side of a rounding.
      const far = got.findIndex(
        (value, i) => Math.abs(value - wanted[i]) > 2 ** -10.5 * Math.abs(wanted[i]) + 1e-5,
      );
      assert.equal(far, -1, `${name}[${far}] is ${got[far]}, expected about ${wanted[far]}`);
    }
    // The gradient by the filter stays float32.
    const [got, wanted] = [dw.dataSync(), exactDw.dataSync()];
    assert.ok(got.every((value, i) => Math.abs(value - wanted[i]) <= 1e-4 + 1e-5 * Math.abs(wanted[i])));
    assert.ok(got.some((value) => half(value) !== value));
  });
}

test("inFloat16() leaves other kernels and later convolutions in float32, and what overflows becomes infinite", () => {
  const x = tf.fill([1, 2, 2, 1], 1.0001);
  const w = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
  const convolve = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w, 1, "same");
  const [rounded, product] = backend.inFloat16(() => [convolve(x), tf.mul(x, 1)]);
  assert.equal(rounded.dataSync()[0], 1);
  assert.equal(product.dataSync()[0], Math.fround(1.0001));
  assert.equal(convolve(x).dataSync()[0], Math.fround(1.0001));
  assert.equal(backend.inFloat16(() => convolve(tf.mul(x, 70_000))).dataSync()[0], Infinity);
  assert.throws(
    () =>
      backend.inFloat16(() => {
        throw new Error("inside");
      }),
    /inside/,
  );
  assert.equal(backend.isInFloat16, false);
  backend.inFloat16(() => {
    backend.inFloat16(() => {});
    assert.ok(backend.isInFloat16, "an inner call does not end the outer one");
  });
});

test("a model that is exported in float16 mode is float32 all the same", () => {
  const w = tf.randomNormal([3, 3, 3, 4], 0, 1, "float32", 2) as tf.Tensor4D;
  const convolve = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w, 1, "same");
  const inputs = [{ name: "x", shape: [null, 5, 5, 3] }];
  const halves = exportOnnx((x: tf.Tensor) => backend.inFloat16(() => convolve(x)), inputs);
  assert.deepEqual(halves, exportOnnx(convolve, inputs));
});

test("a bias and an activation that are fused with a convolution work in float16 too", () => {
  const x = tf.randomNormal([2, 5, 5, 3], 0, 1, "float32", 1) as tf.Tensor4D;
  const w = tf.randomNormal([3, 3, 3, 4], 0, 1, "float32", 2) as tf.Tensor4D;
  const bias = tf.tensor1d([0.1, -0.2, 0.3, 0]);
  const fused = () =>
    tf.fused.conv2d({ x, filter: w, strides: 1, pad: "same", bias, activation: "relu" }).dataSync();
  const [got, exact] = [backend.inFloat16(fused), fused()];
  assert.ok(got.some((value) => value === 0));
  assert.ok(got.some((value, i) => value !== exact[i]));
  for (const [i, value] of got.entries())
    assert.ok(Math.abs(value - exact[i]) < 0.02, `${value} and ${exact[i]}`);
});

test("a device that cannot compute in float16 says so, and what to do", { skip: skipWithoutDriver }, () => {
  const program = join(import.meta.dirname, "..", "programs", "float16-on-webgpu.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=@amface/source", program], {
    encoding: "utf8",
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ...SWIFTSHADER },
  });
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /^Cannot compute in float16 on device webgpu: expected a GPU and a driver that can \(on WebGPU the feature shader-f16\), got: .*f16.*; compute in float32\nfloat32 works: 4\n$/s,
  );
});
