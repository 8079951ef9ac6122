import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../test/slow.ts";
import { blockedForm, suitsBlocks, suitsBlocksBehind } from "../../src/kernels/conv-blocks.ts";
import { directForm } from "../../src/kernels/conv-direct.ts";
import type { ConvForm, ConvInfo } from "../../src/kernels/conv-form.ts";
import { pointwiseForm } from "../../src/kernels/conv-pointwise.ts";
import { thinForm } from "../../src/kernels/conv-thin.ts";
import { fastestTiles, type OtherForm } from "../../src/kernels/conv-tiles.ts";
import { winogradForm } from "../../src/kernels/conv-winograd.ts";
import type { OnnxKernel } from "../../src/lazy/kernel.ts";
import type { LazyValue } from "../../src/lazy/lazy-value.ts";
import type { OnnxBackend } from "../../src/mod.ts";
import { CBHW } from "../../src/runtime/layouts.ts";
import { blockSize } from "../../src/runtime/native/block-size.ts";

type Shape = readonly [number, number, number, number];

interface Case {
  /** `[B, H, W, C]` */
  readonly image: Shape;
  /** `[H, W, in, out]` */
  readonly filter: Shape;
  readonly strides: number;
  readonly pad: "same" | "valid" | number;
}

const CASES: readonly Case[] = [
  { image: [2, 7, 6, 5], filter: [3, 3, 5, 4], strides: 1, pad: "same" },
  { image: [3, 8, 11, 2], filter: [3, 2, 2, 6], strides: 1, pad: "valid" },
  { image: [2, 9, 8, 3], filter: [3, 3, 3, 8], strides: 2, pad: "same" },
  { image: [3, 9, 7, 2], filter: [3, 3, 2, 5], strides: 1, pad: "same" },
  { image: [1, 8, 13, 2], filter: [2, 3, 2, 7], strides: 2, pad: 1 },
];

const PIXELS: readonly Case[] = [
  { image: [2, 7, 6, 5], filter: [1, 1, 5, 4], strides: 1, pad: "same" },
  { image: [3, 1, 1, 2], filter: [1, 1, 2, 8], strides: 1, pad: "valid" },
];

/** Channels that are whole blocks of the processor's own layout, 8 or 16, and batches that are whole blocks or not. */
const BLOCKS: readonly Case[] = [
  { image: [16, 7, 6, 16], filter: [3, 3, 16, 32], strides: 1, pad: "same" },
  { image: [32, 9, 8, 32], filter: [3, 2, 32, 16], strides: 2, pad: "same" },
  { image: [3, 8, 6, 16], filter: [3, 3, 16, 16], strides: 1, pad: "valid" },
  { image: [16, 8, 10, 3], filter: [3, 3, 3, 16], strides: 2, pad: "valid" }, // leaves a row and a column over
  // Images of whole strides, of which each phase has taps of its own, or none.
  { image: [16, 8, 10, 16], filter: [3, 3, 16, 32], strides: 2, pad: "same" },
  { image: [3, 8, 6, 32], filter: [3, 3, 32, 16], strides: 2, pad: 1 },
  { image: [2, 9, 6, 16], filter: [5, 3, 16, 16], strides: 3, pad: 1 },
  { image: [2, 8, 6, 16], filter: [1, 1, 16, 32], strides: 2, pad: "valid" },
  { image: [9, 9, 6, 16], filter: [1, 1, 16, 32], strides: 2, pad: "same" },
  { image: [3, 7, 6, 16], filter: [1, 1, 16, 256], strides: 1, pad: "same" },
  { image: [9, 7, 6, 16], filter: [3, 3, 16, 32], strides: 1, pad: "same" },
  { image: [20, 8, 10, 3], filter: [3, 3, 3, 16], strides: 2, pad: "same" },
  // In strips, two channels' columns taking turns.
  { image: [31, 32, 64, 2], filter: [3, 2, 2, 32], strides: 1, pad: "same" },
  { image: [32, 32, 64, 2], filter: [3, 2, 2, 32], strides: 1, pad: "same" },
];

const infoOf = ({ image, filter, strides, pad }: Case) =>
  tf.backend_util.computeConv2DInfo([...image], [...filter], strides, 1, pad) as ConvInfo;

const FORMS: Readonly<Record<string, (info: ConvInfo) => ConvForm | undefined>> = {
  direct: directForm,
  thin: (info) => thinForm(info),
  "thin with every channel in one piece": (info) => thinForm(info, CBHW),
  pointwise: pointwiseForm,
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((rows) => [
      `Winograd's with tiles of ${rows} by ${7 - rows}`,
      (info: ConvInfo) => winogradForm(info, { rows, columns: 7 - rows }),
    ]),
  ),
};

/** Values of about normal distribution, without a pattern. */
const random = (shape: readonly number[], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, "float32", seed);

function expected(each: Case): Float32Array[] {
  const [x, w] = [random(each.image, 1), random(each.filter, 2)];
  const convolve = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, each.strides, each.pad);
  const dy = random(infoOf(each).outShape, 3);
  return [convolve(x, w), ...tf.grads(convolve)([x, w], dy)].map(
    (tensor) => tensor.dataSync() as Float32Array,
  );
}

/** What a form gives for the convolution and its gradients. Its name keeps models of different forms apart. */
function got(each: Case, name: string, form: ConvForm): Float32Array[] {
  const backend = tf.backend() as OnnxBackend;
  const contents = (tensor: tf.Tensor) => backend.contents(tensor) as LazyValue;
  const call = (what: string, lower: OnnxKernel["lower"], inputs: tf.Tensor[], shape: readonly number[]) => {
    const kernel: OnnxKernel = {
      name: `${what} by ${name}`,
      inputs: ["a", "b"],
      infer: () => undefined,
      lower,
    };
    const [info] = backend.call(kernel, inputs.map(contents), {}, [{ shape, dtype: "float32" }]);
    return tf.engine().makeTensorFromTensorInfo(info);
  };
  const { outShape } = infoOf(each);
  const [x, w, dy] = [random(each.image, 1), random(each.filter, 2), random(outShape, 3)];
  return [
    call("y", (cx, [x, w]) => form.forward(cx, x, w), [x, w], outShape),
    call("dx", (cx, [dy, w]) => form.inputGradient(cx, dy, w), [dy, w], each.image),
    call("dw", (cx, [x, dy]) => form.filterGradient(cx, x, dy), [x, dy], each.filter),
  ].map((tensor) => tensor.dataSync() as Float32Array);
}

/** Root mean square of the differences, relative to that of the values. */
function distance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (got[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(difference / size);
}

async function compare(each: Case, name: string, form: ConvForm) {
  await tf.setBackend("cpu");
  const wanted = tf.tidy(() => ({ values: expected(each) })).values;
  await tf.setBackend("onnx");
  const values = tf.tidy(() => ({ values: got(each, name, form) })).values;
  for (const [i, what] of ["y", "dx", "dw"].entries()) {
    const error = distance(values[i], wanted[i]);
    assert.ok(error < 4e-6, `${what} of ${JSON.stringify(each)}: ${error}`);
  }
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`a convolution and its gradients by the form ${name} have the values of cpu`, async () => {
    const suiting = [...CASES, ...PIXELS].flatMap((each) => {
      const suits = form(infoOf(each));
      return suits ? [{ each, form: suits }] : [];
    });
    assert.ok(suiting.length > 1);
    for (const { each, form } of suiting) await compare(each, name, form);
  });
}

test("a convolution of whole blocks of channels and its gradients have the values of cpu", {
  skip: !slow() && "slow: run with AMFACE_SLOW=1",
}, async () => {
  for (const each of BLOCKS) {
    const info = infoOf(each);
    const target = { blockSize: blockSize(), hasGradients: true };
    const inBlocks = suitsBlocks(info, target) || suitsBlocksBehind(info, target);
    await compare(each, "blocks", inBlocks ? blockedForm(info) : directForm(info));
  }
});

test("pointwiseForm() takes convolutions of single pixels, and no others", () => {
  for (const each of PIXELS) assert.ok(pointwiseForm(infoOf(each)));
  for (const each of CASES) assert.equal(pointwiseForm(infoOf(each)), undefined);
  assert.equal(pointwiseForm(infoOf({ ...PIXELS[0], strides: 2 })), undefined);
  assert.equal(pointwiseForm(infoOf({ ...PIXELS[0], pad: 1 })), undefined);
  assert.equal(pointwiseForm({ ...infoOf(PIXELS[0]), direct: true }), undefined);
});

test("fastestTiles() takes Winograd's form where channels and maps are many, and no other", () => {
  const tiles = (image: Shape, filter: Shape, strides: number, other: OtherForm = "direct") =>
    fastestTiles(infoOf({ image, filter, strides, pad: "same" }), other);
  assert.ok(tiles([16, 14, 12, 256], [3, 3, 256, 256], 1));
  assert.ok(tiles([64, 7, 6, 512], [3, 3, 512, 512], 1));
  assert.ok(tiles([16, 28, 24, 128], [3, 3, 128, 256], 2));
  assert.equal(tiles([1, 7, 6, 256], [3, 3, 256, 256], 1), undefined); // transforming the filter would cost more
  assert.equal(tiles([16, 14, 12, 8], [3, 3, 8, 8], 1), undefined);
  assert.equal(tiles([16, 14, 12, 256], [1, 1, 256, 256], 1), undefined);
  // The processor's own layout is faster than ONNX's convolution, and so more often faster than Winograd's form.
  assert.ok(tiles([16, 14, 12, 256], [3, 3, 256, 256], 1, "blocks"));
  assert.ok(tiles([16, 56, 48, 64], [3, 3, 64, 64], 1));
  assert.equal(tiles([16, 56, 48, 64], [3, 3, 64, 64], 1, "blocks"), undefined);
  // Without gradients ONNX Runtime's convolution is there too, whose strides cost nothing.
  assert.ok(tiles([16, 14, 12, 256], [3, 3, 256, 256], 1, "inference"));
  assert.equal(tiles([16, 56, 48, 64], [3, 3, 64, 64], 1, "inference"), undefined);
  assert.equal(tiles([16, 28, 24, 128], [3, 3, 128, 256], 2, "inference"), undefined);
});

test("forms can follow each other in one net, with its sums, batch normalisation and gradients as on cpu", async () => {
  const wide: Case = { image: [8, 10, 8, 64], filter: [3, 3, 64, 64], strides: 1, pad: "same" };
  assert.ok(fastestTiles(infoOf(wide), "direct"));
  const step = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const x = random([8, 20, 16, 3], 1);
      const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
        const thin = tf.relu(tf.conv2d(x, a as tf.Tensor4D, 2, "same"));
        const { mean, variance } = tf.moments(thin, [0, 1, 2]) as {
          mean: tf.Tensor1D;
          variance: tf.Tensor1D;
        };
        const normal = tf.batchNorm(thin, mean, variance, tf.zeros([64]), tf.ones([64]), 1e-3);
        const sum = tf.add(normal, tf.conv2d(normal as tf.Tensor4D, b as tf.Tensor4D, 1, "same"));
        const direct = tf.conv2d(sum as tf.Tensor4D, c as tf.Tensor4D, 1, "same");
        return tf.add(tf.mean(tf.square(direct)), tf.mean(tf.square(tf.mean(sum, [1, 2])))) as tf.Scalar;
      };
      const filters = [random([3, 3, 3, 64], 2), random(wide.filter, 3), random([3, 3, 64, 8], 4)];
      const { value, grads } = tf.valueAndGrads(loss)(filters.map((filter) => tf.mul(filter, 0.1)));
      return [value, ...grads].map((tensor) => tensor.dataSync());
    });
  };
  const wanted = await step("cpu");
  const values = await step("onnx");
  wanted.forEach((tensor, i) => {
    assert.ok(distance(values[i], tensor) < 1e-5, `tensor ${i}: ${distance(values[i], tensor)}`);
  });
});

test("forms can follow each other where weights are constants, with strides, normalisation and sums as on cpu", async () => {
  const [image, middle]: Shape[] = [
    [16, 12, 12, 64],
    [16, 12, 12, 128],
  ];
  const taps: Shape[] = [
    [3, 3, 64, 128],
    [3, 3, 128, 128],
    [3, 3, 128, 128],
    [3, 3, 128, 64],
  ];
  const tiles = (strides: number) =>
    fastestTiles(infoOf({ image: middle, filter: taps[1], strides, pad: "same" }), "inference");
  assert.ok(tiles(1) && !tiles(2));
  const embed = async (backend: string, runs: number) => {
    await tf.setBackend(backend);
    const filters = taps.map((shape, i) => tf.variable(tf.mul(random(shape, i + 1), 0.1)) as tf.Tensor4D);
    const results = Array.from({ length: runs }, () =>
      tf.tidy(() => {
        const wide = tf.conv2d(random(image, 9) as tf.Tensor4D, filters[0], 1, "same");
        const normal = tf.batchNorm(wide, random([128], 5) as never, tf.ones([128]) as never);
        const sum = tf.add(wide, tf.conv2d(normal as tf.Tensor4D, filters[1], 1, "same"));
        const half = tf.prelu(tf.conv2d(sum as tf.Tensor4D, filters[2], 2, "same"), random([128], 6));
        return tf.conv2d(half as tf.Tensor4D, filters[3], 1, "same").dataSync();
      }),
    );
    for (const filter of filters) filter.dispose();
    return results;
  };
  const [wanted] = await embed("cpu", 1);
  for (const [run, values] of (await embed("onnx", 5)).entries())
    assert.ok(distance(values, wanted) < 1e-5, `run ${run + 1}: ${distance(values, wanted)}`);
});

/** What reads images, in all the ways in which kernels look at their axes. */
const READERS: Readonly<Record<string, (y: tf.Tensor4D) => tf.Tensor>> = {
  "sum over positions": (y) => tf.sum(y, [1, 2]),
  "sum over channels": (y) => tf.sum(y, 3),
  "largest of a row": (y) => tf.max(y, 2),
  "place of the largest": (y) => tf.argMax(y, 3),
  slice: (y) => tf.slice(y, [0, 1, 0, 3], [2, 3, 2, 9]),
  "strided slice": (y) => tf.stridedSlice(y, [0, 0, 1, 0], [2, 6, 6, 16], [1, 2, 2, 3]),
  concat: (y) => tf.concat([y, tf.neg(y)], 3),
  transpose: (y) => tf.transpose(y, [3, 1, 2, 0]),
  reshape: (y) => tf.reshape(y, [2, -1]),
  pad: (y) =>
    tf.pad(y, [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ]),
  reverse: (y) => tf.reverse(y, 3),
  gather: (y) => tf.gather(y, tf.tensor1d([5, 0, 5], "int32"), 3),
  "largest of a window": (y) => tf.maxPool(y, 2, 2, "same"),
  "mean of a window": (y) => tf.avgPool(y, 3, 1, "same"),
  resized: (y) => tf.image.resizeBilinear(y, [9, 5]),
  "compared and counted": (y) => tf.sum(tf.cast(tf.greater(y, 0), "int32"), [1, 2]),
  "where it is positive": (y) => tf.where(tf.greater(y, 0), y, tf.square(y)),
  "plus a vector of channels": (y) => tf.add(y, random([16], 5)),
  "times a number an image": (y) => tf.mul(y, random([2, 1, 1, 1], 6)),
  "plus its like and a scalar": (y) => tf.add(tf.add(y, tf.relu(y)), 2),
  "plus repeated rows": (y) => tf.add(y, tf.tile(random([2, 1, 6, 16], 7), [1, 6, 1, 1])),
  "PReLU with a slope a channel": (y) => tf.prelu(y, random([16], 8)),
  "PReLU with a slope a number": (y) => tf.prelu(y, random([6, 6, 16], 9)),
  "batch normalisation": (y) => tf.batchNorm(y, random([16], 1) as never, tf.ones([16]) as never),
  "each channel convolved": (y) => tf.depthwiseConv2d(y, random([3, 3, 16, 1], 3), 1, "same"),
  "each channel convolved, with a bias and PReLU": (y) =>
    tf.fused.depthwiseConv2d({
      ...{ x: y, filter: random([3, 3, 16, 1], 3), strides: 1, pad: "same", bias: random([16], 2) as never },
      ...{ activation: "prelu", preluActivationWeights: random([1, 1, 16], 4) },
    }),
  "convolved with a bias a number": (y) =>
    tf.fused.conv2d({
      x: y,
      filter: random([3, 3, 16, 16], 4),
      strides: 1,
      pad: "same",
      bias: random([6, 6, 16], 2),
    }),
  "convolved with PReLU": (y) =>
    tf.fused.conv2d({
      ...{ x: y, filter: random([3, 3, 16, 16], 4), strides: 1, pad: "same", bias: random([16], 2) as never },
      ...{ activation: "prelu", preluActivationWeights: random([1, 1, 16], 3) },
    }),
};

test("images in blocks are what they are on cpu to all that reads them", async () => {
  const step = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const x = random([2, 6, 6, 16], 1);
      const convolve = (filter: tf.Tensor) => tf.conv2d(x, filter as tf.Tensor4D, 1, "same");
      const filter = random([3, 3, 16, 16], 2);
      // Only where there are gradients are images in blocks.
      const gradient = tf.grad((filter) => tf.mean(tf.square(convolve(filter))))(filter);
      const y = convolve(filter);
      const read = Object.values(READERS).map((reader) => reader(y));
      return [gradient, ...read].map((tensor) => tensor.dataSync());
    });
  };
  const wanted = await step("cpu");
  const values = await step("onnx");
  for (const [i, name] of ["the filter's gradient", ...Object.keys(READERS)].entries())
    assert.ok(distance(values[i], wanted[i]) < 1e-5, `${name}: ${distance(values[i], wanted[i])}`);
});

for (const [few, many] of [
  [8, 12],
  [16, 32], // whole blocks
])
  test(`units of a MobileFaceNet have the gradients of cpu, with strides, a sum and a filter as large as the image, ${few} and ${many} channels`, async () => {
    const unit = (x: tf.Tensor, [wide, each, narrow]: readonly tf.Tensor[], strides: number) => {
      const widened = tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, wide as tf.Tensor4D, 1, "same"), 0.3);
      const { mean, variance } = tf.moments(widened, [0, 1, 2]);
      const normal = tf.batchNorm(
        widened,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        tf.zeros([many]),
        tf.ones([many]),
        1e-3,
      );
      const moved = tf.relu(tf.depthwiseConv2d(normal as tf.Tensor4D, each as tf.Tensor4D, strides, "same"));
      return tf.conv2d(moved as tf.Tensor4D, narrow as tf.Tensor4D, 1, "same");
    };
    const step = async (backend: string) => {
      await tf.setBackend(backend);
      return tf.tidy(() => {
        const x = random([3, 16, 12, 3], 1);
        const loss = (first: tf.Tensor, ...filters: tf.Tensor[]) => {
          const thin = tf.conv2d(x, first as tf.Tensor4D, 2, "same");
          const sum = tf.add(thin, unit(thin, filters.slice(0, 3), 1));
          const halved = unit(sum, filters.slice(3, 6), 2);
          const whole = tf.depthwiseConv2d(halved as tf.Tensor4D, filters[6] as tf.Tensor4D, 1, "valid");
          return tf.mean(tf.square(whole)) as tf.Scalar;
        };
        const narrow = [3, 3, 3, few];
        const units = [
          [1, 1, few, many],
          [3, 3, many, 1],
          [1, 1, many, few],
        ];
        const shapes = [narrow, ...units, ...units, [4, 3, few, 1]];
        const { value, grads } = tf.valueAndGrads(loss)(
          shapes.map((shape, i) => tf.mul(random(shape, i + 2), 0.3)),
        );
        return [value, ...grads].map((tensor) => tensor.dataSync());
      });
    };
    const wanted = await step("cpu");
    const values = await step("onnx");
    wanted.forEach((tensor, i) => {
      assert.ok(distance(values[i], tensor) < 1e-5, `tensor ${i}: ${distance(values[i], tensor)}`);
    });
  });
