import * as tf from "@tensorflow/tfjs-core";

type Run = () => tf.Tensor;

/** Tensors of the backend in use, and calls on them. */
export function kernelCalls(): Record<string, Run> {
  const a = tf.tensor2d([1, -2, 3, 0, 5, -6], [2, 3], "int32");
  const b = tf.tensor1d([2, -2, 0], "int32");
  const filled = (shape: [number, number, number, number]) =>
    tf.tensor4d(
      Array.from({ length: shape.reduce((x, y) => x * y) }, (_, i) => Math.sin(i)),
      shape,
    );
  const images = filled([1, 6, 6, 2]);
  const depthwise = filled([3, 3, 2, 2]);
  const slopes = (f: (x: tf.Tensor4D) => tf.Tensor, x: tf.Tensor) =>
    tf.grad((y) => tf.sum(tf.square(f(y as tf.Tensor4D))))(x);
  return {
    Abs: () => tf.abs(a),
    Add: () => tf.add(a, b),
    Any: () => tf.any(tf.greater(a, 0), 1),
    ArgMax: () => tf.argMax(a, 1),
    AvgPool: () => tf.avgPool(images, 2, 2, "same"),
    AvgPoolGrad: () => slopes((x) => tf.avgPool(x, 3, 2, "same"), images),
    Cast: () => tf.cast(tf.tensor1d([1.7, -1.7, 0]), "int32"),
    "Conv2DBackpropFilter of a map of one pixel": () =>
      slopes((filter) => tf.conv2d(filled([1, 2, 2, 3]), filter, 2, "same"), filled([3, 3, 3, 2])),
    Cumsum: () => tf.cumsum(a, 1),
    DepthwiseConv2dNative: () => tf.depthwiseConv2d(images, depthwise, 1, "same"),
    DepthwiseConv2dNativeBackpropFilter: () =>
      slopes((filter) => tf.depthwiseConv2d(images, filter, 2, "same"), depthwise),
    DepthwiseConv2dNativeBackpropInput: () =>
      slopes((x) => tf.depthwiseConv2d(x, depthwise, 1, "same"), images),
    "DepthwiseConv2dNativeBackpropInput with strides": () =>
      slopes((x) => tf.depthwiseConv2d(x, depthwise, 2, "same"), images),
    IsFinite: () => tf.isFinite(tf.tensor1d([1, Number.POSITIVE_INFINITY, Number.NaN])),
    Log1p: () => tf.log1p(tf.tensor1d([1e-8, 0.5, 3])),
    Max: () => tf.max(a, 1),
    MaxPool: () => tf.maxPool(images, 3, 2, "same"),
    MaxPoolGrad: () => slopes((x) => tf.maxPool(x, 3, 2, "same"), images),
    Maximum: () => tf.maximum(a, b),
    Mean: () => tf.mean(a),
    MirrorPad: () =>
      tf.mirrorPad(
        tf.cast(a, "float32"),
        [
          [0, 1],
          [1, 1],
        ],
        "reflect",
      ),
    Multiply: () => tf.mul(a, b),
    Neg: () => tf.neg(a),
    NotEqual: () => tf.notEqual(a, b),
    OneHot: () => tf.oneHot(tf.tensor1d([0, 2, -1], "int32"), 3),
    PadV2: () =>
      tf.pad(
        a,
        [
          [1, 1],
          [0, 2],
        ],
        7,
      ),
    Prod: () => tf.prod(a, 0),
    ResizeBilinear: () => slopes((x) => tf.image.resizeBilinear(x, [9, 7]), images),
    ResizeNearestNeighbor: () => tf.image.resizeNearestNeighbor(images, [9, 7]),
    Reverse: () => tf.reverse(a, 1),
    Select: () => tf.where(tf.greater(a, 0), a, tf.neg(a)),
    Sign: () => tf.sign(tf.tensor1d([-1, 0, 3])),
    SplitV: () => tf.split(a, [1, 2], 1)[1],
    Step: () => tf.step(tf.tensor1d([-1, 0, 2, 1e-30]), 0.25),
    StridedSlice: () => tf.stridedSlice(a, [1, 2], [-9, -9], [-1, -2]),
    Sum: () => tf.sum(a, 1),
    Unpack: () => tf.unstack(a, 1)[1],
    UnsortedSegmentSum: () => tf.unsortedSegmentSum(tf.ones([3, 2]), tf.tensor1d([1, 1, 0], "int32"), 2),
  };
}

/** Names of the calls whose results differ by more than rounding. */
export function differences(
  expected: readonly (readonly [name: string, values: readonly number[]])[],
  got: ReadonlyMap<string, readonly number[]>,
) {
  return expected
    .filter(([name, values]) => {
      const others = got.get(name) ?? [];
      const same = (value: number, j: number) => Math.abs(others[j] - value) <= 1e-4 * (1 + Math.abs(value));
      return others.length !== values.length || !values.every(same);
    })
    .map(([name, values]) => ({ name, expected: values, got: got.get(name) }));
}
