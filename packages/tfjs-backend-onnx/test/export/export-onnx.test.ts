import assert from "node:assert/strict";
import { before, test } from "node:test";
import { exportOnnx, OrtSession, OrtTensor, type TensorSpec } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

before(() => tf.setBackend("onnx"));

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

function inputsOf(specs: readonly TensorSpec[], batch: number): tf.Tensor[] {
  return specs.map(({ shape, dtype = "float32" }, i) => {
    const sizes = shape.map((size) => size ?? batch);
    return dtype === "float32"
      ? normal(sizes, i + 1)
      : tf.cast(tf.mul(tf.abs(normal(sizes, i + 1)), 2), dtype as "int32");
  });
}

const asOrt = (tensor: tf.Tensor) =>
  new OrtTensor(tensor.dtype as "float32", tensor.dataSync() as Float32Array, tensor.shape);

/** Exports `fn` and compares the model's outputs with the function's own at several batch sizes. */
function check(fn: Fn, specs: readonly TensorSpec[], tolerance = 1e-5): OrtSession {
  const model = exportOnnx(fn, specs);
  assert.ok(!Buffer.from(model).includes("com.microsoft"), "only standard operators");
  const session = new OrtSession(model, { logSeverityLevel: 3 });
  for (const batch of [1, 2, 5, 64]) {
    tf.tidy(() => {
      const inputs = inputsOf(specs, batch);
      const returned = fn(...inputs);
      const expected = returned instanceof tf.Tensor ? { output: returned } : returned;
      const feeds = Object.fromEntries(specs.map(({ name }, i) => [name, asOrt(inputs[i])]));
      const fetches = Object.fromEntries(Object.keys(expected).map((name) => [name, null]));
      const results = session.run(feeds, fetches);
      for (const [name, tensor] of Object.entries(expected)) {
        assert.deepEqual(results[name].dims, tensor.shape, `${name} at batch size ${batch}`);
        const values = [...tensor.dataSync()];
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
        const got = results[name].data as Float32Array;
        const wrong = values.findIndex((value, i) => !(Math.abs(got[i] - value) <= tolerance * largest));
        assert.equal(wrong, -1, `${name} at batch size ${batch}: ${got[wrong]} for ${values[wrong]}`);
      }
    });
  }
  return session;
}

test("a convolutional net of tf.layers gives its own outputs at every batch size", () => {
  const image = tf.input({ shape: [14, 12, 3] });
  const conv = (filters: number, strides: number, seed: number) =>
    tf.layers.conv2d({
      filters,
      strides,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: tf.initializers.heNormal({ seed }),
    });
  let x = conv(8, 2, 1).apply(image) as tf.SymbolicTensor;
  x = tf.layers.batchNormalization().apply(x) as tf.SymbolicTensor;
  x = tf.layers.prelu({ sharedAxes: [1, 2] }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.add().apply([x, conv(8, 1, 2).apply(x) as tf.SymbolicTensor]) as tf.SymbolicTensor;
  x = tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  x = tf.layers.dense({ units: 5, activation: "sigmoid" }).apply(x) as tf.SymbolicTensor;
  const net = tf.model({ inputs: image, outputs: x });
  check((images) => net.predict(images) as tf.Tensor, [{ name: "images", shape: [null, 14, 12, 3] }]);
  net.dispose();
});

test("a MobileNet-like net of tf.layers gives its own outputs at every batch size", () => {
  const image = tf.input({ shape: [16, 12, 3] });
  const initializer = (seed: number) => tf.initializers.heNormal({ seed });
  const conv = (x: tf.SymbolicTensor, filters: number, seed: number) =>
    tf.layers
      .conv2d({ filters, kernelSize: 1, kernelInitializer: initializer(seed) })
      .apply(x) as tf.SymbolicTensor;
  const normalized = (x: tf.SymbolicTensor) =>
    tf.layers.reLU({ maxValue: 6 }).apply(tf.layers.batchNormalization().apply(x)) as tf.SymbolicTensor;
  const bottleneck = (x: tf.SymbolicTensor, filters: number, strides: number, seed: number) => {
    const wide = normalized(conv(x, 12, seed));
    const depthwise = tf.layers.depthwiseConv2d({
      strides,
      kernelSize: 3,
      padding: "same",
      depthwiseInitializer: initializer(seed + 1),
    });
    return conv(normalized(depthwise.apply(wide) as tf.SymbolicTensor), filters, seed + 2);
  };
  const strided = bottleneck(image, 6, 2, 1);
  const sum = tf.layers.add().apply([strided, bottleneck(strided, 6, 1, 4)]) as tf.SymbolicTensor;
  const pooled = tf.layers.globalAveragePooling2d({}).apply(sum) as tf.SymbolicTensor;
  const net = tf.model({
    inputs: image,
    outputs: tf.layers.dense({ units: 5 }).apply(pooled) as tf.SymbolicTensor,
  });
  check(
    (images) => net.predict(images) as tf.Tensor,
    [{ name: "images", shape: [null, 16, 12, 3] }],
  ).dispose();
  net.dispose();
});

test("AM-Softmax logits take embeddings and labels", () => {
  const head = tf.variable(normal([8, 6], 3) as tf.Tensor2D);
  const unit = (x: tf.Tensor, axis: number) => tf.div(x, tf.sqrt(tf.sum(tf.square(x), axis, true)));
  const fn: Fn = (embeddings, labels) => {
    const cosine = tf.clipByValue(
      tf.matMul(unit(embeddings, 1) as tf.Tensor2D, unit(head, 0) as tf.Tensor2D),
      -1,
      1,
    );
    const margin = tf.mul(tf.oneHot(labels as tf.Tensor1D, 6, 1, 0, "float32"), 0.35);
    return { cosine, logits: tf.mul(tf.sub(cosine, margin), 30) };
  };
  check(fn, [
    { name: "embeddings", shape: [null, 8] },
    { name: "labels", shape: [null], dtype: "int32" },
  ]);
  head.dispose();
});

const WEIGHTS = [normal([4, 6], 11), normal([3, 3, 4, 4], 12)] as [tf.Tensor2D, tf.Tensor4D];
const MAP: TensorSpec = { name: "x", shape: [null, 6, 5, 4] };
const ROWS: TensorSpec = { name: "x", shape: [null, 4] };

/** Functions in which the batch's size takes part in every way that it can. */
const FUNCTIONS: Record<string, { fn: (x: tf.Tensor) => ReturnType<Fn>; spec: TensorSpec }> = {
  "reshape() that mixes the batch with other axes": { fn: (x) => tf.reshape(x, [-1, 10]), spec: MAP },
  "reshape() that splits the batch off twice": {
    fn: (x) => tf.transpose(tf.reshape(x, [x.shape[0] * 2, 15, 4]), [2, 0, 1]),
    spec: MAP,
  },
  "slice() up to the end of the batch": {
    fn: (x) => tf.slice(x, [x.shape[0] - 1, 1], [1, 2]),
    spec: ROWS,
  },
  "concat() along the batch": { fn: (x) => tf.concat([x, tf.neg(x), x], 0), spec: ROWS },
  "pad() of the batch": {
    fn: (x) =>
      tf.pad(x, [
        [1, 2],
        [0, 0],
      ]),
    spec: ROWS,
  },
  "tile() and stack()": { fn: (x) => tf.stack([tf.tile(x, [1, 3]), tf.tile(x, [1, 3])], 1), spec: ROWS },
  "zeros and ones of the batch's size": {
    fn: (x) => tf.concat([tf.zeros([x.shape[0], 2]), x, tf.ones([x.shape[0], 300])], 1),
    spec: ROWS,
  },
  "fill() broadcast against a sum": {
    fn: (x) => tf.add(tf.fill([x.shape[0], 4], 2), tf.sum(x, 1, true)),
    spec: ROWS,
  },
  "statistics over the batch": {
    fn: (x) => ({
      mean: tf.mean(x, 0),
      byHand: tf.div(tf.sum(x, 0), x.shape[0]),
      count: tf.mul(x, x.shape[0]),
    }),
    spec: ROWS,
  },
  "a gradient of a mean over the batch": {
    fn: tf.grad((x: tf.Tensor) => tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, WEIGHTS[0])))),
    spec: ROWS,
  },
  "a product of transposed batches": {
    fn: (x) => tf.matMul(tf.reshape(x, [-1, 5, 4]), tf.reshape(tf.neg(x), [-1, 5, 4]), true, false),
    spec: MAP,
  },
  "scores of attention": {
    fn: (x) => tf.softmax(tf.matMul(tf.reshape(x, [-1, 30, 4]), tf.reshape(x, [-1, 30, 4]), false, true)),
    spec: MAP,
  },
  "a convolution's gradients": {
    fn: (x) => {
      const loss = (image: tf.Tensor, filter: tf.Tensor) =>
        tf.sum(tf.square(tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, "same")));
      return tf
        .grads(loss)([x, WEIGHTS[1]])
        .reduce<Record<string, tf.Tensor>>(
          (all, gradient, i) => Object.assign(all, { [`d${i}`]: gradient }),
          {},
        );
    },
    spec: MAP,
  },
  "its input and a constant as they are": { fn: (x) => ({ same: x, weights: WEIGHTS[0] }), spec: ROWS },
  "batches in the last axis": {
    fn: (x) => tf.softmax(tf.transpose(x), 1),
    spec: { name: "x", shape: [3, null] },
  },
};

for (const [name, { fn, spec }] of Object.entries(FUNCTIONS)) {
  test(`${name} can be exported`, () => {
    check(fn as Fn, [spec], 1e-4).dispose();
  });
}

test("inputs of fixed sizes are exported as they are, and outputs of a list get their names", () => {
  const specs = [{ name: "x", shape: [2, 4] }];
  const model = exportOnnx((x: tf.Tensor2D) => [tf.neg(x), tf.sum(x)], specs, {
    outputNames: ["negative", "sum"],
  });
  const session = new OrtSession(model);
  const x = new OrtTensor("float32", Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 4]);
  const { negative, sum } = session.run({ x }, { negative: null, sum: null });
  assert.deepEqual([...(negative.data as Float32Array)], [-1, -2, -3, -4, -5, -6, -7, -8]);
  assert.deepEqual([...(sum.data as Float32Array)], [36]);
  session.dispose();
});

test("weights keep the names of their variables, and inputs may be called like inner values", () => {
  const kernel = tf.variable(normal([4, 2], 5), true, "head/kernel") as tf.Variable<tf.Rank.R2>;
  const model = exportOnnx(
    (v1: tf.Tensor2D, c0: tf.Tensor2D) => ({ x0: tf.add(tf.matMul(v1, kernel), c0) }),
    [
      { name: "v1", shape: [null, 4] },
      { name: "c0", shape: [null, 2] },
    ],
  );
  assert.ok(Buffer.from(model).includes("head/kernel"));
  const feeds = { v1: asOrt(tf.ones([1, 4])), c0: asOrt(tf.ones([1, 2])) };
  const expected = [...tf.add(tf.sum(kernel, 0), 1).dataSync()];
  const got = new OrtSession(model).run(feeds, { x0: null }).x0.data as Float32Array;
  expected.forEach((value, i) => {
    assert.ok(Math.abs(got[i] - value) < 1e-6);
  });
  kernel.dispose();
});

test("a function of another backend's tensors is exported, and that backend stays in use", async () => {
  await tf.setBackend("cpu");
  const weights = normal([4, 3], 7) as tf.Tensor2D;
  const model = exportOnnx((x: tf.Tensor2D) => tf.matMul(x, weights), [ROWS]);
  assert.equal(tf.getBackend(), "cpu");
  const x = tf.ones([2, 4]) as tf.Tensor2D;
  const expected = tf.matMul(x, weights).dataSync();
  const got = new OrtSession(model).run({ x: asOrt(x) }, { output: null }).output.data as Float32Array;
  assert.ok(expected.every((value, i) => Math.abs(got[i] - value) < 1e-5));
  await tf.setBackend("onnx");
});

const captured = tf.tensor1d([1, 2, 3, 4]);
const REFUSED: [string, Fn, RegExp][] = [
  [
    "reads a tensor",
    (x) => tf.mul(x, x.dataSync()[0]),
    /leaves its tensors unread, got one that reads contents/,
  ],
  [
    "is asynchronous",
    (async (x: tf.Tensor) => tf.mul(x, (await x.data())[0])) as never,
    /got one that returns a promise/,
  ],
  ["uses a kernel without an ONNX form", (x) => tf.topk(x, 2).values, /kernels with an ONNX form, got TopK/],
  [
    "draws random numbers",
    (x) => tf.add(x, tf.randomNormal([4])),
    /does the same at every batch size.*random numbers/s,
  ],
  [
    "draws many random numbers, whose memory others could take",
    (x) => tf.add(x, tf.sum(tf.randomNormal([4096]))),
    /does the same at every batch size.*random numbers/s,
  ],
  ["drops out", (x) => tf.dropout(x, 0.5), /random numbers/],
  [
    "squeezes every axis",
    (x) => tf.squeeze(x),
    /expected its output output to have the shape \[1,4\] at batch size 1.*got \[4\]/s,
  ],
  ["needs a certain batch size", (x) => tf.reshape(x, [3, -1]), /at batch size 23/],
  [
    "numbers the batch",
    (x) => tf.add(x, tf.reshape(tf.range(0, x.shape[0]), [-1, 1])),
    /tensor of shape 23.*is another at batch size 31/s,
  ],
  [
    "goes through the batch one by one",
    (x) => tf.add(tf.unstack(tf.neg(x))[0], captured),
    /Cannot export the function/,
  ],
  ["returns no tensor", (() => 1) as never, /returns a tensor, a list or a record/],
  [
    "returns strings",
    () => tf.tensor1d(["a"]),
    /expected output output to be a float32, int32 or bool tensor, got string/,
  ],
];

for (const [what, fn, message] of REFUSED) {
  test(`a function that ${what} is refused, and leaves nothing behind`, () => {
    const tensors = tf.memory().numTensors;
    assert.throws(() => exportOnnx(fn, [ROWS]), message);
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual([...tf.mul(captured, 2).dataSync()], [2, 4, 6, 8]);
  });
}

test("a function that assigns a variable is refused, and the variable keeps its contents", () => {
  const count = tf.variable(tf.tensor1d([1, 2, 3, 4]), false, "count");
  const fn: Fn = (x) => {
    count.assign(tf.add(count, tf.sum(x, 0)) as tf.Tensor1D);
    return tf.mul(x, count);
  };
  assert.throws(() => exportOnnx(fn, [ROWS]), /leaves variables as they are, got one that assigns count/);
  assert.deepEqual([...count.dataSync()], [1, 2, 3, 4]);
  count.dispose();
});

test("what is computed from captured tensors alone may be read, and becomes a constant", () => {
  const fn: Fn = (x) => tf.mul(x, tf.cumsum(tf.mul(captured, 2)).dataSync()[3]);
  check(fn, [ROWS]).dispose();
});

test("inputs and names that do not fit are refused", () => {
  const fn: Fn = (x) => tf.neg(x);
  assert.throws(() => exportOnnx(fn, [{ name: "", shape: [null] }]), /expected a name for input 0, got ""/);
  assert.throws(
    () => exportOnnx(fn, [{ name: "x", shape: [-1, 3] }]),
    /positive integers, null.*got \[-1,3\]/,
  );
  assert.throws(
    () => exportOnnx(fn, [{ ...ROWS, dtype: "string" as never }]),
    /int32, uint8 or bool, got string/,
  );
  assert.throws(() => exportOnnx(fn, [ROWS], { outputNames: ["x"] }), /a name of its own.*got x twice/);
  assert.throws(
    () => exportOnnx(fn, [ROWS], { outputNames: ["a", "b"] }),
    /expected 2 outputs \(a, b\), got 1 tensors/,
  );
});

test("a table looked up by indices that are an input gives its own rows at every batch size", () => {
  const table = normal([50, 3], 9);
  check(
    (indices) => tf.gather(table, indices as tf.Tensor1D),
    [{ name: "indices", shape: [null], dtype: "int32" }],
  );
});
