import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

type Run = (...xs: tf.Tensor[]) => tf.Tensor;

/** Values from -2 to 2 that repeat for the same shape and seed; no two shapes share a beginning. */
function values(shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, axis) => product * axis, 1);
  let state = (size * 2654435761 + seed * 40503) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 30 - 2;
  });
}

/** Calls `f` and tells which kernels of `cpu` the backend `onnx` fell back on. */
function fallbacksOf(f: () => void): Set<string> {
  const backend = tf.backend() as OnnxBackend;
  const names = new Set<string>();
  backend.onCpu = ({ name, run, args }) => {
    names.add(name);
    return run(args);
  };
  try {
    f();
  } finally {
    Reflect.deleteProperty(backend, "onCpu");
  }
  return names;
}

/**
 * What `run` gives for tensors of these shapes is the same on the backends `cpu` and `onnx`: dtype, shape, values.
 *
 * @returns The kernels of `cpu` that `onnx` fell back on.
 */
async function agree(
  run: Run,
  shapes: readonly (readonly number[])[],
  tolerance = 2e-6,
): Promise<Set<string>> {
  const result = () =>
    tf.tidy(() => {
      const y = run(...shapes.map((shape, i) => tf.tensor(values(shape, i), [...shape])));
      return { dtype: y.dtype, shape: y.shape, data: [...y.dataSync()] };
    });
  await tf.setBackend("cpu");
  const expected = result();
  await tf.setBackend("onnx");
  let got = expected;
  const fallbacks = fallbacksOf(() => {
    got = result();
  });
  assert.deepEqual([got.dtype, got.shape], [expected.dtype, expected.shape]);
  expected.data.forEach((value, i) => {
    const same =
      Object.is(got.data[i], value) || Math.abs(got.data[i] - value) <= tolerance * (1 + Math.abs(value));
    assert.ok(same, `value ${i} of [${expected.shape}]: expected ${value}, got ${got.data[i]}`);
  });
  return fallbacks;
}

/** A convolution first: what follows works on images that lie in memory as `[B, C, H, W]`. */
const conv = (x: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, tf.tensor4d(values([2, 2, 3, 4], 9), [2, 2, 3, 4]), 1, "same");
const IMAGES = [2, 5, 3, 3];
/** A convolution behind: what precedes it is wanted in its layout. */
const conv2 = (x: tf.Tensor) =>
  tf.conv2d(
    x as tf.Tensor4D,
    tf.tensor4d(values([1, 1, x.shape[3]!, 2], 8), [1, 1, x.shape[3]!, 2]),
    1,
    "same",
  );

const UNARY: Record<string, Run> = {
  Abs: (x) => tf.abs(x),
  Acos: (x) => tf.acos(tf.mul(x, 0.45)),
  Acosh: (x) => tf.acosh(tf.add(tf.abs(x), 1)),
  Asin: (x) => tf.asin(tf.mul(x, 0.45)),
  Asinh: (x) => tf.asinh(x),
  Atan: (x) => tf.atan(x),
  Atanh: (x) => tf.atanh(tf.mul(x, 0.45)),
  Cast: (x) => tf.cast(x, "int32"),
  Ceil: (x) => tf.ceil(x),
  ClipByValue: (x) => tf.clipByValue(x, -0.5, 1.5),
  Cos: (x) => tf.cos(x),
  Cosh: (x) => tf.cosh(x),
  Elu: (x) => tf.elu(x),
  Erf: (x) => tf.erf(x),
  Exp: (x) => tf.exp(x),
  Expm1: (x) => tf.expm1(tf.mul(x, 2)),
  Floor: (x) => tf.floor(x),
  IsFinite: (x) => tf.isFinite(tf.div(1, tf.relu(x))),
  IsInf: (x) => tf.isInf(tf.div(1, tf.relu(x))),
  IsNan: (x) => tf.isNaN(tf.sqrt(x)),
  LeakyRelu: (x) => tf.leakyRelu(x, 0.3),
  Log: (x) => tf.log(tf.abs(x)),
  Log1p: (x) => tf.log1p(tf.mul(x, 0.4)),
  LogicalNot: (x) => tf.logicalNot(tf.greater(x, 0)),
  Neg: (x) => tf.neg(x),
  Reciprocal: (x) => tf.reciprocal(x),
  Relu: (x) => tf.relu(x),
  Relu6: (x) => tf.relu6(tf.mul(x, 5)),
  Round: (x) => tf.round(tf.mul(x, 3)),
  Rsqrt: (x) => tf.rsqrt(tf.abs(x)),
  Selu: (x) => tf.selu(x),
  Sigmoid: (x) => tf.sigmoid(x),
  Sign: (x) => tf.sign(tf.round(x)),
  Sin: (x) => tf.sin(x),
  Sinh: (x) => tf.sinh(x),
  Softplus: (x) => tf.softplus(x),
  Sqrt: (x) => tf.sqrt(tf.abs(x)),
  Square: (x) => tf.square(x),
  Step: (x) => tf.step(x, 0.25),
  Tanh: (x) => tf.tanh(x),
};
for (const [name, run] of Object.entries(UNARY)) {
  test(`${name} gives what the cpu backend gives, for any rank and behind a convolution`, async () => {
    for (const shape of [[], [7], [3, 5], [2, 3, 4, 5], [1, 2, 1, 3, 2]])
      assert.ok(!(await agree(run, [shape])).has(name));
    await agree((x) => run(conv(x)), [IMAGES], 2e-5);
  });
}

const BINARY: Record<string, Run> = {
  Add: (a, b) => tf.add(a, b),
  Sub: (a, b) => tf.sub(a, b),
  Multiply: (a, b) => tf.mul(a, b),
  RealDiv: (a, b) => tf.div(a, b),
  Maximum: (a, b) => tf.maximum(a, b),
  Minimum: (a, b) => tf.minimum(a, b),
  SquaredDifference: (a, b) => tf.squaredDifference(a, b),
  Prelu: (a, b) => tf.prelu(a, b),
  Equal: (a, b) => tf.equal(tf.round(a), tf.round(b)),
  Greater: (a, b) => tf.greater(a, b),
  GreaterEqual: (a, b) => tf.greaterEqual(tf.round(a), tf.round(b)),
  Less: (a, b) => tf.less(a, b),
  LessEqual: (a, b) => tf.lessEqual(tf.round(a), tf.round(b)),
  NotEqual: (a, b) => tf.notEqual(tf.round(a), tf.round(b)),
  Pow: (a, b) => tf.pow(tf.add(tf.abs(a), 0.1), b),
  LogicalAnd: (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
  LogicalOr: (a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)),
};
/** What TensorFlow.js broadcasts: axes of size 1 and missing ones, on either side, and scalars. */
const BROADCASTS = [
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], []],
  [[3, 4], [4]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 1, 3, 4],
    [5, 1, 4],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
  ],
  [
    [2, 3, 4, 5],
    [1, 1, 1, 5],
  ],
];
for (const [name, run] of Object.entries(BINARY)) {
  test(`${name} broadcasts as the cpu backend does, also behind a convolution`, async () => {
    for (const [a, b] of BROADCASTS) {
      assert.ok(!(await agree(run, [a, b])).has(name));
      if (name !== "Prelu") await agree(run, [b, a]);
    }
    for (const other of [[4], [3, 1], [5, 3, 4], [2, 5, 3, 4], [2, 1, 1, 4], [1, 5, 1, 1], []]) {
      await agree((x, b) => run(conv(x), b), [IMAGES, other], 2e-5);
      if (name !== "Prelu") await agree((x, b) => run(b, conv(x)), [IMAGES, other], 2e-4);
    }
  });
}

const INTEGERS: Record<string, Run> = {
  Abs: (a) => tf.abs(a),
  Add: (a, b) => tf.add(a, b),
  ArgMax: (a) => tf.argMax(a, -1),
  ArgMin: (a) => tf.argMin(a, 0),
  Cumsum: (a) => tf.cumsum(a, 0),
  Equal: (a, b) => tf.equal(a, b),
  Max: (a) => tf.max(a, -1),
  Maximum: (a, b) => tf.maximum(a, b),
  Mean: (a) => tf.mean(a, 0),
  Min: (a) => tf.min(a),
  Minimum: (a, b) => tf.minimum(a, b),
  Multiply: (a, b) => tf.mul(a, b),
  Neg: (a) => tf.neg(a),
  NotEqual: (a, b) => tf.notEqual(a, b),
  PadV2: (a) =>
    tf.pad(
      a,
      a.shape.map((): [number, number] => [1, 2]),
      7,
    ),
  Prod: (a) => tf.prod(a, 0),
  Select: (a) => tf.where(tf.greater(a, 0), a, tf.zerosLike(a)),
  Square: (a) => tf.square(a),
  SquaredDifference: (a, b) => tf.squaredDifference(a, b),
  Sub: (a, b) => tf.sub(a, b),
  Sum: (a) => tf.sum(a, -1),
};
for (const [name, run] of Object.entries(INTEGERS)) {
  test(`${name} of integers gives what the cpu backend gives`, async () => {
    const integers = (x: tf.Tensor) => tf.cast(tf.mul(x, 5), "int32");
    for (const [a, b] of [
      [[3, 4], [4]],
      [[5], [5]],
    ])
      assert.ok(!(await agree((x, y) => run(integers(x), integers(y)), [a, b])).has(name));
  });
}

const REDUCTIONS: Record<string, (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor> = {
  Sum: (x, axis, keep) => tf.sum(x, axis, keep),
  Mean: (x, axis, keep) => tf.mean(x, axis, keep),
  Max: (x, axis, keep) => tf.max(x, axis, keep),
  Min: (x, axis, keep) => tf.min(x, axis, keep),
  Prod: (x, axis, keep) => tf.prod(x, axis, keep),
  Any: (x, axis, keep) => tf.any(tf.greater(x, 1.5), axis, keep),
  All: (x, axis, keep) => tf.all(tf.greater(x, -1.5), axis, keep),
  "Sum of booleans": (x, axis, keep) => tf.sum(tf.greater(x, 0), axis, keep),
  "Mean of booleans": (x, axis, keep) => tf.mean(tf.greater(x, 0), axis, keep),
};
for (const [name, run] of Object.entries(REDUCTIONS)) {
  test(`${name} reduces any axes in any layout`, async () => {
    for (const axis of [undefined, 0, -1, [0, 2], [1, 2, 3], [0, 1, 2], [3, 0]]) {
      for (const keep of [false, true]) {
        await agree((x) => run(x, axis, keep), [[2, 3, 4, 5]], 1e-5);
        await agree((x) => run(conv(x), axis, keep), [IMAGES], 2e-5);
        await agree((x) => run(tf.transpose(x), axis, keep), [[2, 3, 4, 5]], 1e-5);
      }
    }
    await agree((x) => run(x), [[]]);
    await agree((x) => run(tf.fill([2, 3], 1.5).add(x), 0), [[]]);
  });
}

const OTHERS: Record<string, readonly [run: Run, ...shapes: number[][]][]> = {
  AddN: [[(a, b, c) => tf.addN([a, b, c]), [3, 4], [3, 4], [3, 4]]],
  ArgMax: [
    [(x) => tf.argMax(x, 1), [3, 4, 2]],
    [(x) => tf.argMax(conv(x), 3), IMAGES],
    [(x) => tf.argMax(tf.floor(x), -1), [9, 9]],
  ],
  ArgMin: [
    [(x) => tf.argMin(x, 0), [3, 4, 2]],
    [(x) => tf.argMin(conv(x), 1), IMAGES],
  ],
  Softmax: [
    [(x) => tf.softmax(x), [3, 4]],
    [(x) => tf.softmax(conv(x)), IMAGES],
    [(x) => tf.softmax(tf.transpose(x)), [3, 4]],
  ],
  LogSoftmax: [
    [(x) => tf.logSoftmax(x), [3, 4]],
    [(x) => tf.logSoftmax(conv(x)), IMAGES],
  ],
  Select: [
    [(c, a, b) => tf.where(tf.greater(c, 0), a, b), [3, 4], [3, 4], [3, 4]],
    [(x, a) => tf.where(tf.greater(conv(x), 0), conv(x), a), IMAGES, [2, 5, 3, 4]],
  ],
  Transpose: [
    [(x) => tf.transpose(x), [3, 4]],
    [(x) => tf.transpose(x, [2, 0, 1]), [3, 4, 5]],
    [(x) => tf.transpose(conv(x), [3, 1, 0, 2]), IMAGES],
    [(x) => tf.transpose(tf.greater(x, 0), [1, 0]), [3, 4]],
  ],
  Concat: [
    [(a, b) => tf.concat([a, b], 1), [2, 3], [2, 5]],
    [(x, b) => tf.concat([conv(x), b as tf.Tensor4D], 3), IMAGES, [2, 5, 3, 1]],
    [(a, b) => tf.concat([tf.cast(a, "int32"), tf.cast(b, "int32")], 0), [2, 3], [1, 3]],
  ],
  Pack: [
    [(a, b) => tf.stack([a, b], 1), [2, 3], [2, 3]],
    [(x, b) => tf.stack([conv(x), b as tf.Tensor4D], -1), IMAGES, [2, 5, 3, 4]],
  ],
  Slice: [
    [(x) => tf.slice(x, [1, 0], [2, -1]), [4, 3]],
    [(x) => tf.slice(conv(x), [0, 1, 1, 2], [2, 3, 2, 1]), IMAGES],
    [(x) => tf.slice(tf.greater(x, 0), 2), [5]],
  ],
  PadV2: [
    [
      (x) =>
        tf.pad(
          x,
          [
            [1, 0],
            [0, 2],
          ],
          -3,
        ),
      [2, 3],
    ],
    [
      (x) =>
        tf.pad(conv(x), [
          [0, 0],
          [1, 2],
          [0, 1],
          [3, 0],
        ]),
      IMAGES,
    ],
  ],
  Tile: [
    [(x) => tf.tile(x, [2, 3]), [2, 2]],
    [(x) => tf.add(tf.tile(x, [3, 1]), tf.tile(x, [3, 1])), [1, 4]],
    [(x) => tf.tile(conv(x), [1, 2, 1, 3]), IMAGES],
  ],
  Unpack: [
    [(x) => tf.stack(tf.unstack(x, 1).reverse()), [3, 4, 2]],
    [(x) => tf.unstack(conv(x), -1)[2], IMAGES],
    [(x) => tf.unstack(tf.greater(x, 0))[0], [1, 4]],
  ],
  SplitV: [
    [(x) => tf.concat(tf.split(x, 2, 1).reverse(), 1), [3, 4, 2]],
    [(x) => tf.split(conv(x), [1, 3], 3)[1], IMAGES],
    [(x) => tf.split(x, [2, 0, 1])[2], [3, 2]],
  ],
  StridedSlice: [
    [(x) => tf.stridedSlice(x, [1, 3], [7, 0], [2, -1]), [8, 5]],
    [(x) => tf.stridedSlice(x, [4, -1], [-9, -99], [-2, -3]), [5, 7]],
    [(x) => tf.stridedSlice(x, [0, 1], [3, 4], [1, 2], 1, 2, 0, 1), [3, 6]],
    [(x) => tf.stridedSlice(x, [1, 1], [2, 4], [1, 1], 0, 0, 0, 0, 1), [3, 6]],
    [(x) => tf.stridedSlice(conv(x), [0, 4, 0, 1], [2, 0, 3, 4], [1, -2, 1, 2]), IMAGES],
    [(x) => tf.stridedSlice(x, [1], [1], [1]), [4]],
  ],
  Reverse: [
    [(x) => tf.reverse(x), [3, 4, 2]],
    [(x) => tf.reverse(x, [0, -1]), [3, 4, 2]],
    [(x) => tf.reverse(conv(x), 1), IMAGES],
    [(x) => tf.reverse(tf.greater(x, 0)), [5]],
  ],
  Cumsum: [
    [(x) => tf.cumsum(x, 1), [3, 4, 2]],
    [(x) => tf.cumsum(x, 1, true, true), [3, 4]],
    [(x) => tf.cumsum(conv(x), 2, true), IMAGES],
    [(x) => tf.cumsum(tf.cast(x, "bool"), 0), [4]],
  ],
  MirrorPad: [
    [
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [0, 1],
          ],
          "reflect",
        ),
      [3, 4],
    ],
    [
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [0, 1],
          ],
          "symmetric",
        ),
      [3, 4],
    ],
  ],
  UnsortedSegmentSum: [
    [(x) => tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, -1, 4], "int32"), 3), [5, 2, 3]],
    [(x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 1, 0], "int32"), 2), [3]],
    [(x) => tf.grad((w) => tf.sum(tf.square(tf.gather(w, tf.tensor1d([1, 3, 1], "int32")))))(x), [4, 3]],
  ],
  OneHot: [
    [(x) => tf.oneHot(tf.cast(x, "int32"), 2), [7]],
    [(x) => tf.oneHot(tf.cast(x, "int32"), 2, 1, 0, "bool"), [7]],
    [() => tf.oneHot(tf.scalar(1, "int32"), 3), []],
    [(x) => tf.oneHot(tf.cast(x, "int32"), 2, 3, -1, "float32"), [7]],
    [(x) => tf.oneHot(tf.cast(x, "int32"), 2, 1, 0, "float32"), [2, 3]],
  ],
  GatherV2: [
    [(x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 0), [3, 4]],
    [(x) => tf.gather(conv(x), tf.tensor2d([1, 0], [1, 2], "int32"), 3), IMAGES],
    [(x) => tf.gather(x, tf.scalar(1, "int32"), 1), [3, 4]],
  ],
  GatherNd: [
    [(x) => tf.gatherND(x, tf.tensor2d([2, 3, 0, 0, 2, 3], [3, 2], "int32")), [3, 4]],
    [(x) => tf.gatherND(conv(x), tf.tensor2d([1, 0, 2, 1], [1, 4], "int32")), IMAGES],
  ],
  TensorScatterUpdate: [
    [
      (x) => tf.tensorScatterUpdate(x, tf.tensor2d([2, 3, 0, 0], [2, 2], "int32"), tf.tensor1d([7, -1])),
      [3, 4],
    ],
    [(x) => tf.tensorScatterUpdate(x, tf.tensor2d([1], [1, 1], "int32"), tf.tensor1d([5])), [3]],
  ],
  Reshape: [
    [(x) => tf.reshape(conv(x), [2, -1]), IMAGES],
    [(x) => tf.add(tf.reshape(x, [4, 3]), 1), [3, 4]],
  ],
  Fill: [[(x) => tf.add(tf.add(tf.fill([2, 4], 3), tf.fill([4], 2)), x), [2, 1]]],
  ZerosLike: [[(x) => tf.add(tf.zerosLike(conv(x)), 1), IMAGES]],
  OnesLike: [[(x) => tf.matMul(tf.onesLike(x) as tf.Tensor2D, x as tf.Tensor2D), [3, 3]]],
  BatchMatMul: [
    [(a, b) => tf.matMul(a, b), [3, 4], [4, 2]],
    [(a, b) => tf.matMul(a, b, true, true), [4, 3], [2, 4]],
    [(a, b) => tf.matMul(a, b, false, true), [2, 3, 4], [1, 5, 4]],
    [(a, b) => tf.matMul(tf.transpose(a), b), [4, 3], [4, 2]],
  ],
  _FusedMatMul: [
    [
      (a, b, bias) => tf.fused.matMul({ a, b, bias, activation: "sigmoid" }) as tf.Tensor,
      [3, 4],
      [4, 2],
      [2],
    ],
    [(a, b) => tf.fused.matMul({ a, b, transposeA: true, activation: "elu" }) as tf.Tensor, [4, 3], [4, 2]],
    [
      (a, b, preluActivationWeights) =>
        tf.fused.matMul({ a, b, activation: "prelu", preluActivationWeights }) as tf.Tensor,
      [3, 4],
      [4, 2],
      [2],
    ],
  ],
  FusedConv2D: [
    ...(["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const).flatMap((activation) =>
      [[], [1], [4], [3, 4], [1, 1, 1, 4], [5, 3, 4]].map((bias): [Run, ...number[][]] => [
        (x, filter, bias, weights) =>
          tf.fused.conv2d({
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            bias,
            strides: 1,
            pad: "same",
            activation,
            leakyreluAlpha: 0.3,
            preluActivationWeights: activation === "prelu" ? weights : undefined,
          }) as tf.Tensor,
        IMAGES,
        [3, 2, 3, 4],
        bias,
        [1, 1, 4],
      ]),
    ),
    [
      (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias,
          strides: [2, 1],
          pad: "same",
          activation: "relu",
        }) as tf.Tensor,
      IMAGES,
      [3, 2, 3, 4],
      [4],
    ],
  ],
  Conv2D: [
    [
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid", "NHWC", 2),
      [2, 7, 6, 3],
      [3, 2, 3, 5],
    ],
    [(x, w) => tf.conv2d(conv(x) as tf.Tensor4D, w as tf.Tensor4D, [1, 2], 1), IMAGES, [3, 3, 4, 2]],
    // Images that are filters as well: one array is wanted in two layouts.
    [(x) => tf.conv2d(x as tf.Tensor4D, x as tf.Tensor4D, 1, "same"), [3, 3, 3, 3]],
    // Filters that a convolution made.
    [(x, y) => tf.conv2d(y as tf.Tensor4D, conv(x) as tf.Tensor4D, 1, "same"), [2, 2, 3, 3], [1, 4, 4, 3]],
    // Sizes rounded up, and an explicit padding whose width TensorFlow.js strides as the height, have no ONNX form.
    [
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 0, "NHWC", 1, "ceil"),
      [1, 4, 4, 1],
      [3, 3, 1, 1],
    ],
  ],
  Conv2DBackpropInput: [
    [
      (dy, w) => tf.conv2dTranspose(dy as tf.Tensor4D, w as tf.Tensor4D, [2, 5, 4, 3], 1, "same"),
      [2, 5, 4, 6],
      [2, 3, 3, 6],
    ],
    [
      (dy, w) => tf.conv2dTranspose(dy as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 7, 3], 3, "valid"),
      [2, 3, 2, 6],
      [2, 2, 3, 6],
    ],
  ],
  Conv2DBackpropFilter: [
    [
      (x, w) =>
        tf.grad((w) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [2, 1], "same"))))(w),
      [2, 6, 5, 3],
      [2, 4, 3, 4],
    ],
  ],
  FusedBatchNorm: [
    [
      (x, mean, scale, offset) =>
        tf.batchNorm(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          tf.abs(scale) as tf.Tensor1D,
          offset as tf.Tensor1D,
        ),
      [2, 3, 4, 5],
      [5],
      [5],
      [5],
    ],
    [
      (x, mean, scale) => tf.batchNorm(conv(x), mean as tf.Tensor1D, tf.exp(scale) as tf.Tensor1D),
      IMAGES,
      [4],
      [4],
    ],
    [
      (x, mean, scale) => tf.batchNorm(conv(x), mean as tf.Tensor1D, tf.exp(scale) as tf.Tensor1D),
      IMAGES,
      [1],
      [1],
    ],
  ],
};
for (const [name, cases] of Object.entries(OTHERS)) {
  test(`${name} gives what the cpu backend gives`, async () => {
    const fallbacks: Set<string>[] = [];
    for (const [run, ...shapes] of cases) fallbacks.push(await agree(run, shapes, 5e-5));
    // A reshape shares its tensor's data: it runs nowhere. All others have an ONNX form, if not for every call.
    if (name !== "Reshape") assert.ok(fallbacks.some((names) => !names.has(name)));
  });
}

type Pad = "same" | "valid" | number;
/** Windows of pools and of convolutions of single channels: size, stride, padding. */
const WINDOWS: [size: [number, number], stride: number, pad: Pad][] = [
  [[2, 2], 2, "valid"],
  [[3, 3], 2, "same"],
  [[3, 2], 1, "same"],
  [[2, 3], 3, "valid"],
  [[3, 3], 1, 1],
  [[1, 1], 1, "valid"],
];
/** A function with its gradients, all of which must agree. */
const withGradients =
  (f: Run): Run =>
  (...xs) => {
    const y = f(...xs);
    const slopes = tf.grads((...args) => tf.sum(tf.mul(f(...args), tf.add(tf.abs(y), 1))))(xs);
    return tf.concat([y, ...slopes].map((t) => tf.reshape(t, [-1])));
  };
for (const [size, stride, pad] of WINDOWS) {
  const title = `${size.join("×")} windows, stride ${stride}, padding ${pad}`;
  test(`MaxPool, AvgPool and their gradients give what the cpu backend gives: ${title}`, async () => {
    for (const pool of [tf.maxPool, tf.avgPool]) {
      const run: Run = (x) => pool(x as tf.Tensor4D, size, stride, pad);
      await agree(withGradients(run), [[2, 7, 6, 3]], 1e-5);
      await agree(
        withGradients((x) => run(conv(x))),
        [IMAGES],
        1e-4,
      );
    }
  });
  test(`DepthwiseConv2dNative and its gradients give what the cpu backend gives: ${title}`, async () => {
    // 16 channels are whole blocks of the processor's own layout.
    for (const [channels, multiplier] of [
      [3, 1],
      [3, 2],
      [16, 1],
    ]) {
      const run: Run = (x, filter) =>
        tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
      await agree(
        withGradients(run),
        [
          [2, 7, 6, channels],
          [...size, channels, multiplier],
        ],
        2e-5,
      );
      if (channels > 3) continue;
      await agree(
        withGradients((x, filter) => conv2(run(x, filter))),
        [IMAGES, [...size, 3, multiplier]],
        1e-4,
      );
    }
  });
}

test("a depthwise filter's gradient is cpu's where the filter meets one place only, with and without rows left over", async () => {
  const convolve =
    (stride: number, pad: "same" | "valid"): Run =>
    (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
  for (const channels of [5, 16]) {
    const filters = [3, 3, channels, 1];
    await agree(withGradients(convolve(2, "valid")), [[2, 4, 4, channels], filters], 2e-5);
    await agree(withGradients(convolve(1, "valid")), [[2, 3, 3, channels], filters], 2e-5);
    await agree(withGradients(convolve(1, "same")), [[2, 1, 1, channels], filters], 2e-5);
    await agree(withGradients(convolve(2, "same")), [[2, 2, 1, channels], filters], 2e-5);
  }
});

test("FusedDepthwiseConv2D gives what the cpu backend gives, with dilations, biases and activations", async () => {
  for (const activation of ["linear", "relu6", "prelu"] as const) {
    await agree(
      (x, filter, bias, preluActivationWeights) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          dilations: [2, 1],
          pad: "same",
          bias,
          activation,
          preluActivationWeights: activation === "prelu" ? preluActivationWeights : undefined,
        }),
      [[2, 7, 6, 3], [3, 3, 3, 2], [6], [1, 1, 6]],
      1e-5,
    );
  }
});

const SIZES: [number, number][] = [
  [10, 9],
  [4, 3],
  [7, 12],
  [1, 1],
];
for (const alignCorners of [false, true]) {
  for (const halfPixelCenters of [false, true]) {
    test(`ResizeBilinear and ResizeNearestNeighbor give what the cpu backend gives, alignCorners ${alignCorners}, halfPixelCenters ${halfPixelCenters}`, async () => {
      for (const resize of [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor]) {
        if (alignCorners && halfPixelCenters) continue; // TensorFlow.js refuses it
        for (const size of SIZES) {
          const run: Run = (x) => resize(x as tf.Tensor4D, size, alignCorners, halfPixelCenters);
          await agree(run, [[2, 7, 6, 3]], 1e-5);
          await agree((x) => run(conv(x)), [IMAGES], 2e-5);
          // One square image: cpu's gradients swap sides, or take another image's rows.
          if (halfPixelCenters) continue;
          assert.doesNotMatch([...(await agree(withGradients(run), [[1, 6, 6, 3]], 1e-4))].join(), /Resize/);
        }
      }
    });
  }
}

test("NaN and infinities pass through as on the cpu backend", async () => {
  const strange = [Number.NaN, 1, -2, Infinity, -Infinity, 0, 7, Number.NaN, 3];
  const runs: Run[] = [
    (x) => tf.relu(x),
    (x) => tf.clipByValue(x, -1, 1),
    (x) => tf.maximum(x, 0),
    (x) => tf.minimum(0, x),
    (x) => tf.max(tf.reshape(x, [3, 3]), 1),
    (x) => tf.min(tf.reshape(x, [3, 3]), 0),
    (x) => tf.softmax(tf.reshape(x, [3, 3]) as tf.Tensor2D),
    (x) => tf.cast(tf.where(tf.equal(tf.abs(x), Infinity), tf.zerosLike(x), x), "int32"),
    (x) => tf.cast(x, "bool"),
    (x) => tf.less(x, 0),
    (x) => tf.step(x),
    (x) => tf.sign(x),
    (x) => tf.round(x),
    (x) => tf.log1p(x),
    (x) => tf.expm1(x),
    (x) => tf.elu(x),
    (x) => tf.selu(x),
    (x) => tf.isNaN(x),
    (x) => tf.isFinite(x),
    (x) => tf.isInf(x),
    (x) => tf.notEqual(x, x),
    (x) => tf.cumsum(x),
    (x) => tf.prod(tf.reshape(x, [3, 3]), 0),
    (x) => tf.grad((y) => tf.elu(y))(x),
    (x) => tf.grad((y) => tf.relu(y))(x),
    (x) => tf.reverse(x),
    (x) => tf.avgPool(tf.reshape(x, [1, 3, 3, 1]) as tf.Tensor4D, 2, 1, "valid"),
    (x) => tf.step(x, 0.1),
    (x) => tf.argMax(tf.reshape(x, [3, 3]), 0),
    (x) => tf.argMax(tf.reshape(x, [3, 3]), 1),
    (x) => tf.argMin(tf.reverse(x)),
    (x) => tf.prelu(x, tf.scalar(0.25)),
  ];
  for (const run of runs) await agree((_) => run(tf.tensor1d(strange)), [[]]);
});

test("gradients of resized images are those of every image, whatever its sides", async () => {
  for (const resize of [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor]) {
    const shape: [number, number, number, number] = [2, 4, 6, 3];
    const run = (x: tf.Tensor) => resize(x as tf.Tensor4D, [7, 9]);
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const x = tf.tensor(values(shape, 1), shape);
      const dy = tf.tensor(values([2, 7, 9, 3], 2), [2, 7, 9, 3]);
      // Resizing is linear: <resize(x), dy> = <x, gradient>.
      const slopes = tf.grad((y) => tf.sum(tf.mul(run(y), dy)))(x);
      const [forward, backward] = [tf.sum(tf.mul(run(x), dy)), tf.sum(tf.mul(x, slopes))];
      const [expected, got] = [forward.dataSync()[0], backward.dataSync()[0]];
      assert.deepEqual(slopes.shape, shape);
      assert.ok(Math.abs(got - expected) <= 1e-4 * Math.abs(expected), `${got} ${expected}`);
    });
  }
});

test("step() tells the smallest numbers from zero", async () => {
  await agree(() => tf.step(tf.tensor1d([1e-45, -1e-45, 1e-40, -1e-40, 0, -0, 3e38, -3e38])), []);
});

test("log1p() and expm1() keep the digits of small numbers", async () => {
  const small = [1e-7, -1e-7, 3e-5, -2e-4, 0.01, -0.3, 1e-30, 0, 0.99, -0.99, 1.01];
  // Multiplied up, because the comparison is with 1 where a number is smaller.
  for (const f of [tf.log1p, tf.expm1])
    await agree(() => tf.div(f(tf.tensor1d(small)), tf.add(tf.tensor1d(small), 1e-38)), [], 5e-7);
});

test("calls that differ only in the sign of a zero, or in how numbers are grouped, are models of their own", async () => {
  await agree(
    (x) =>
      tf.stack([
        tf.reciprocal(tf.clipByValue(x, -0, 1)),
        tf.reciprocal(tf.clipByValue(x, 0, 1)),
        tf.reciprocal(tf.clipByValue(x, -0, 1)),
      ]),
    [[4]],
  );
});
