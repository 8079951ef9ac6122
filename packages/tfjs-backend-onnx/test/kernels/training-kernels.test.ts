import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

const random = (shape: readonly number[], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0.2, 1, "float32", seed);

const kernel = (
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, number | boolean> = {},
) => tf.engine().runKernel(name, inputs, attrs) as tf.Tensor[];

/** Runs a kernel that takes a list; whatever it gives comes as a list. */
const listKernel = (name: string, inputs: tf.Tensor[], attrs: Record<string, boolean> = {}): tf.Tensor[] =>
  [tf.engine().runKernel(name, inputs as unknown as tf.NamedTensorMap, attrs)].flat();

function near(got: tf.Tensor, expected: tf.Tensor, what: string): void {
  assert.deepEqual(got.shape, expected.shape, what);
  const [values, wanted] = [got.dataSync<"float32">(), expected.dataSync<"float32">()];
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  wanted.forEach((value, i) => {
    assert.ok(Math.abs(values[i] - value) < 1e-4 * largest, `${what}[${i}]: ${values[i]}, expected ${value}`);
  });
}

/** Images in each of the layouts that they have inside a net. */
const IMAGES: Readonly<Record<string, (seed: number) => tf.Tensor4D>> = {
  "as they come": (seed) => random([2, 5, 4, 6], seed),
  "behind ONNX's convolution": (seed) =>
    tf.conv2d(random([2, 5, 4, 8], seed), random([3, 3, 8, 6], 2), 1, "same"),
  "behind Winograd's": (seed) =>
    tf.conv2d(random([8, 10, 8, 64], seed), random([3, 3, 64, 64], 2), 1, "same"),
};

test("PreluGrad in blocks is right where every number has a slope of its own, for each image too", async () => {
  const step = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const [x, filter, alpha] = [
        random([1, 6, 6, 16], 1),
        random([3, 3, 16, 16], 2),
        random([1, 6, 6, 16], 3),
      ];
      const activated = (filter: tf.Tensor, alpha: tf.Tensor) =>
        tf.prelu(tf.conv2d(x, filter as tf.Tensor4D, 1, "same"), alpha as tf.Tensor4D);
      const inner = (filter: tf.Tensor, alpha: tf.Tensor) => tf.mean(tf.square(activated(filter, alpha)));
      return tf
        .grads(inner)([filter, alpha])
        .map((tensor) => tensor.dataSync());
    });
  };
  const wanted = await step("cpu");
  for (const [i, values] of (await step("onnx")).entries())
    near(tf.tensor1d(values as Float32Array), tf.tensor1d(wanted[i] as Float32Array), `gradient ${i}`);
});

test("gradients of convolutions behind a batch normalisation's are those of its dx, whichever of filter and dx is larger", () => {
  const convolutions = [
    { name: "Conv2DBackprop", filter: [3, 3, 4, 16], strides: 1 },
    { name: "Conv2DBackprop", filter: [3, 3, 4, 16], strides: 2 },
    { name: "Conv2DBackprop", filter: [1, 1, 4, 16], strides: 1 },
    { name: "DepthwiseConv2dNativeBackprop", filter: [3, 3, 16, 1], strides: 1 },
    { name: "DepthwiseConv2dNativeBackprop", filter: [3, 3, 16, 1], strides: 2 },
    { name: "DepthwiseConv2dNativeBackprop", filter: [3, 3, 8, 2], strides: 1 },
  ];
  for (const { name, filter: filterShape, strides } of convolutions) {
    for (const [batch, size] of [
      [8, 12],
      [1, 2],
    ]) {
      tf.tidy(() => {
        const inputShape = [batch, size * strides, size * strides, filterShape[2]];
        const [x, filter] = [random(inputShape, 1), random(filterShape, 2)];
        const [dy, behind] = [random([batch, size, size, 16], 3), random([batch, size, size, 16], 4)];
        const [scale, mean] = [random([16], 5), random([16], 6)];
        const attrs = { strides, pad: "same", dataFormat: "NHWC", inputShape, filterShape, dilations: 1 };
        const gradients = (dx: tf.Tensor) => {
          const run = (what: string, inputs: Record<string, tf.Tensor>) =>
            tf.engine().runKernel(name + what, inputs, attrs as unknown as tf.NamedAttrMap) as tf.Tensor;
          return [run("Input", { dy: dx, filter }), run("Filter", { x, dy: dx }), tf.add(dx, 1)];
        };
        const [dx] = kernel(
          "BatchNormTrainingGrad",
          { dy, x: behind, scale, mean, variance: tf.ones([16]) },
          { epsilon: 1e-3 },
        );
        const got = gradients(dx);
        for (const tensor of got) tensor.dataSync();
        const expected = gradients(tf.tensor4d(dx.dataSync<"float32">(), dx.shape as tf.Tensor4D["shape"]));
        for (const [i, tensor] of got.entries())
          near(
            tensor,
            expected[i],
            `${name}, filter ${filterShape}, strides ${strides}, ${batch} images: ${i}`,
          );
      });
    }
  }
});

for (const [where, images] of Object.entries(IMAGES)) {
  test(`BatchNormTraining and its gradient of images ${where} are what moments and batchNorm give`, () => {
    tf.tidy(() => {
      const x = images(1);
      const channels = [x.shape[3]];
      const [scale, offset] = [random(channels, 3), random(channels, 4)] as unknown as tf.Tensor1D[];
      const [movingMean, movingVariance] = [tf.zeros(channels), tf.ones(channels)];
      const stock = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
        return tf.batchNorm(
          x as tf.Tensor4D,
          mean,
          variance,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
      };
      const attrs = { epsilon: 1e-3, momentum: 0.9 };
      const [y, mean, variance, nextMean, nextVariance] = kernel(
        "BatchNormTraining",
        { x, scale, offset, movingMean, movingVariance },
        attrs,
      );
      // A second convolution, so that dy comes in its layout.
      const dy = images(7);
      const gradients = kernel("BatchNormTrainingGrad", { dy, x, scale, mean, variance }, attrs);
      const moments = tf.moments(x, [0, 1, 2]);
      near(y, stock(x, scale, offset), "y");
      near(mean, moments.mean, "mean");
      near(variance, moments.variance, "variance");
      near(nextMean, tf.mul(moments.mean, 0.1), "moving mean");
      near(nextVariance, tf.add(tf.mul(moments.variance, 0.1), 0.9), "moving variance");
      const expected = tf.grads(stock)([x, scale, offset], dy);
      for (const [i, name] of ["dx", "dScale", "dOffset"].entries()) near(gradients[i], expected[i], name);
    });
  });

  test(`PreluGrad of images ${where} is the gradient of prelu, whatever axes share a slope`, () => {
    tf.tidy(() => {
      const x = images(1);
      const [, height, width, channels] = x.shape;
      for (const shape of [
        [channels],
        [1, 1, channels],
        [height, 1, channels],
        [height, width, channels],
        [1],
      ]) {
        const alpha = random(shape, 5);
        const dy = images(7);
        const gradients = kernel("PreluGrad", { dy, x, alpha });
        const expected = tf.grads((x, alpha) => tf.prelu(x, alpha))([x, alpha], dy);
        near(gradients[0], expected[0], "dx");
        near(gradients[1], expected[1], `dAlpha [${shape}]`);
      }
    });
  });
}

test("gradients that are repeated numbers, as those of sums are, count as often as they are repeated", () => {
  tf.tidy(() => {
    const x = random([3, 5, 4, 6], 1);
    const alpha = random([6], 2);
    const dy = tf.onesLike(x);
    const expected = tf.grads((x, alpha) => tf.prelu(x, alpha))([x, alpha], dy);
    kernel("PreluGrad", { dy, x, alpha }).forEach((tensor, i) => {
      near(tensor, expected[i], `gradient ${i}`);
    });
    const [mean, variance, scale] = [tf.zeros([6]), tf.ones([6]), tf.ones([6])];
    const [, , dOffset] = kernel(
      "BatchNormTrainingGrad",
      { dy, x, scale, mean, variance },
      { epsilon: 1e-3 },
    );
    near(dOffset, tf.fill([6], 60), "dOffset");
  });
});

test("ApplyMomentum takes the steps of tf.train.momentum for several variables, Nesterov's too", () => {
  for (const useNesterov of [false, true]) {
    tf.tidy(() => {
      const shapes: [number, number][] = [
        [3, 4],
        [5, 2],
      ];
      const stock = shapes.map((shape, i) => tf.variable(random(shape, 3 + i)));
      const optimizer = tf.train.momentum(0.1, 0.9, useNesterov);
      let slots: tf.Tensor[] = stock.flatMap((variable) => [variable.clone(), tf.zeros(variable.shape)]);
      for (const seed of [10, 20]) {
        const gradients = shapes.map((shape, i) => random(shape, seed + i));
        optimizer.applyGradients(stock.map(({ name }, i) => ({ name, tensor: gradients[i] })));
        const each = gradients.flatMap((gradient, i) => [...slots.slice(2 * i, 2 * i + 2), gradient]);
        slots = listKernel("ApplyMomentum", [tf.scalar(0.1), tf.scalar(0.9), ...each], { useNesterov });
      }
      stock.forEach((variable, i) => {
        near(slots[2 * i], variable, `variable ${i}, useNesterov ${useNesterov}`);
      });
      optimizer.dispose();
      tf.dispose(stock);
    });
  }
});

test("L2Loss is half the sum of all squares, and L2LossGrad its gradients", () => {
  tf.tidy(() => {
    const x = tf.tensor2d([
      [1, -2],
      [3, 4],
    ]);
    const y = tf.tensor1d([2]);
    const [loss] = listKernel("L2Loss", [x, y]);
    assert.equal(loss.dataSync()[0], 17);
    const [dx, dy] = listKernel("L2LossGrad", [tf.scalar(10), x, y]);
    near(dx, tf.mul(x, 10), "dx");
    near(dy, tf.mul(y, 10), "dy");
  });
});

for (const [batch, height, width] of [
  [4, 32, 24],
  [3, 31, 23],
  [2, 37, 41],
])
  test(`normalisation and PReLU of channels in one piece have cpu's gradients: ${batch} images of ${height}×${width}`, async () => {
    const values = () => {
      const x = random([batch, height, width, 8], 1);
      const weights = [[1, 1, 8, 16], [16], [16], [1, 1, 16]].map((shape, i) => random(shape, i + 2));
      return { x, weights, dy: random([batch, height, width, 16], 9) };
    };
    await tf.setBackend("cpu");
    const expected = tf.tidy(() => {
      const { x, weights, dy } = values();
      const loss = (filter: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, alpha: tf.Tensor) => {
        const y = tf.conv2d(x, filter as tf.Tensor4D, 1, "same");
        const { mean, variance } = tf.moments(y, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
        const normal = tf.batchNorm(y, mean, variance, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3);
        return tf.sum(tf.mul(tf.prelu(normal, alpha), dy)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)(weights);
      return [value, ...grads].map((tensor) => tensor.dataSync());
    });
    await tf.setBackend("onnx");
    tf.tidy(() => {
      const { x, weights, dy } = values();
      const [filter, scale, offset, alpha] = weights;
      const y = tf.conv2d(x, filter, 1, "same");
      const [movingMean, movingVariance] = [tf.zeros([16]), tf.ones([16])];
      const attrs = { epsilon: 1e-3, momentum: 0.9 };
      const [normal, mean, variance] = kernel(
        "BatchNormTraining",
        { x: y, scale, offset, movingMean, movingVariance },
        attrs,
      );
      const value = tf.sum(tf.mul(tf.prelu(normal, alpha), dy));
      const [dNormal, dAlpha] = kernel("PreluGrad", { dy, x: normal, alpha });
      const inputs = { dy: dNormal, x: y, scale, mean, variance };
      const [dConv, dScale, dOffset] = kernel("BatchNormTrainingGrad", inputs, { epsilon: 1e-3 });
      const dFilter = tf
        .engine()
        .runKernel(
          "Conv2DBackpropFilter",
          { x, dy: dConv },
          { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: filter.shape },
        ) as tf.Tensor;
      [value, dFilter, dScale, dOffset, dAlpha].forEach((got, i) => {
        near(got, tf.tensor(expected[i], got.shape), `result ${i}`);
      });
    });
  });
