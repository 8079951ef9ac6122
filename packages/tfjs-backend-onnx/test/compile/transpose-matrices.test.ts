import assert from "node:assert/strict";
import { test } from "node:test";
import { Lowering } from "../../src/compile/lowering.ts";
import { asMatrices, transposeMatrices } from "../../src/compile/transpose-matrices.ts";
import { relayout } from "../../src/runtime/layouts.ts";
import { blockSize } from "../../src/runtime/native/block-size.ts";
import { OrtSession } from "../../src/runtime/native/ort-session.ts";
import { OnnxGraph } from "../../src/runtime/onnx-graph.ts";
import { OrtTensor } from "../../src/runtime/ort-tensor.ts";

test("asMatrices() finds the matrices that a permutation of axes transposes, and no others", () => {
  assert.deepEqual(asMatrices([5, 7, 2, 3], [2, 3, 0, 1]), { count: 1, rows: 35, columns: 6 });
  assert.deepEqual(asMatrices([2, 5, 7, 3], [0, 3, 1, 2]), { count: 2, rows: 35, columns: 3 });
  assert.deepEqual(asMatrices([1, 5, 1, 3], [3, 2, 1, 0]), { count: 1, rows: 5, columns: 3 });
  assert.equal(asMatrices([2, 3, 4], [0, 1, 2]), undefined);
  assert.equal(asMatrices([2, 3, 4], [2, 1, 0]), undefined);
  assert.equal(asMatrices([2, 3, 4], [1, 0, 2]), undefined); // rows of more than one number change places
});

test("transposeMatrices() orders large images as ONNX's Transpose does", {
  skip: blockSize() === 0 && "this processor has no layout of its own for convolutions",
}, () => {
  for (const [shape, perm] of [
    [
      [11, 9, 8, 48],
      [2, 3, 0, 1],
    ],
    [
      [3, 13, 21, 64],
      [0, 3, 1, 2],
    ],
    [
      [3, 64, 13, 21],
      [0, 2, 3, 1],
    ],
  ]) {
    const graph = new OnnxGraph();
    const cx = new Lowering(graph, { nodes: [], leaves: [], outputs: [] }, { blockSize: blockSize() });
    const name = transposeMatrices(cx, graph.input("x", "float32", shape), shape, perm);
    const sizes = perm.map((axis) => shape[axis]);
    graph.output("y", cx.reshape(name as string, sizes), "float32", sizes);
    const session = new OrtSession(graph.encode());
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i);
    const { y } = session.run({ x: new OrtTensor("float32", data, shape) }, { y: null });
    session.dispose();
    assert.deepEqual(y.data, relayout(data, shape, undefined, perm));
  }
});
