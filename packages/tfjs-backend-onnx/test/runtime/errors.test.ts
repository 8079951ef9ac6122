import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import type { OnnxKernel } from "../../src/lazy/kernel.ts";

before(() => tf.setBackend("onnx"));

const zeros = (...shape: number[]) => tf.zeros(shape);

/** Calls with shapes that do not fit, and what the error must name; where tfjs-core itself throws, its words stand. */
const WRONG: Readonly<Record<string, readonly [call: () => unknown, ...named: RegExp[]]>> = {
  matMul: [() => tf.matMul(zeros(2, 3), zeros(4, 2)), /matMul/, /2,3/, /4,2/],
  "matMul of batches": [() => tf.matMul(zeros(3, 2, 3), zeros(2, 3, 2)), /MatMul/, /3,2,3/, /2,3,2/],
  add: [() => tf.add(zeros(2, 3), zeros(4)), /Add/, /2,3/, /\b4\b/],
  mul: [() => tf.mul(zeros(2, 3), zeros(3, 2)), /Multiply/, /2,3/, /3,2/],
  "add of integers": [() => tf.add(zeros(2).toInt(), zeros(3).toInt()), /Add/, /2/, /3/],
  prelu: [() => tf.prelu(zeros(2, 3), zeros(2)), /Prelu/, /2,3/, /\b2\b/],
  concat: [() => tf.concat([zeros(2, 3), zeros(3, 3)], 1), /concat/i, /2,3/, /3,3/],
  conv2d: [
    () => tf.conv2d(zeros(1, 4, 4, 3) as tf.Tensor4D, zeros(3, 3, 2, 5) as tf.Tensor4D, 1, "same"),
    /conv2d/,
    /3/,
    /2/,
  ],
  slice: [() => tf.slice(zeros(2, 3), [1, 1], [2, 2]), /slice/i, /3/, /2/],
  sum: [() => tf.sum(zeros(2, 3), 2), /Sum/, /2,3/, /axis 2/],
  stack: [() => tf.stack([zeros(2), zeros(3)]), /stack/i],
};
for (const [name, [call, ...named]] of Object.entries(WRONG)) {
  test(`${name} of shapes that do not fit fails at the call and names them and itself`, () => {
    tf.tidy(() => {
      for (const text of named) assert.throws(call, text);
    });
  });
}

test("a model that fails when it runs names the TensorFlow.js kernel at fault", () => {
  tf.tidy(() => {
    const index = tf.cast(tf.tensor1d([7]), "int32");
    const taken = tf.add(tf.relu(tf.gather(tf.mul(tf.tensor1d([1, 2]), 2), index)), 1);
    assert.throws(
      () => taken.dataSync(),
      /^Error: Cannot run TensorFlow.js's GatherV2: .*out of data bounds/s,
    );
  });
});

test("a model that ONNX Runtime refuses names the TensorFlow.js kernel at fault", () => {
  const wrongs: [opType: string, arity: number][] = [
    ["NoSuchOperator", 1],
    ["Gemm", 1],
    ["MatMul", 2],
  ];
  for (const [opType, arity] of wrongs) {
    const kernel: OnnxKernel = {
      name: "Wrong",
      inputs: ["x"],
      infer: ({ inputs }) => inputs[0],
      lower: (cx, [x]) => ({ name: cx.graph.node(opType, new Array<string>(arity).fill(cx.get(x))) }),
    };
    const backend = tf.backend() as OnnxBackend;
    const x = backend.contents(tf.ones([2, 3]))!;
    const { dataId } = backend.call(kernel, [x], {}, [{ shape: [2, 3], dtype: "float32" }])[0];
    assert.throws(() => backend.readSync(dataId), /^Error: Cannot compile TensorFlow.js's Wrong: /);
    backend.disposeData(dataId);
  }
});
