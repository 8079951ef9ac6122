import assert from "node:assert/strict";
import { test } from "node:test";
import { OnnxGraph, OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";

test("an OnnxGraph makes up no name that inputs and outputs will have", () => {
  const graph = new OnnxGraph({ taken: ["v0", "c1", "v2"] });
  const doubled = graph.node("Mul", [graph.input("v0", "float32", ["B"]), graph.float(2)]);
  graph.output("v2", graph.node("Add", [doubled, graph.constant(Float32Array.of(1), [])]), "float32", ["B"]);
  assert.equal(new Set(["v0", "v2", ...graph.allNodes.flatMap(({ outputs }) => outputs)]).size, 4);
  const session = new OrtSession(graph.encode());
  const { v2 } = session.run({ v0: new OrtTensor("float32", Float32Array.of(1, 2, 3), [3]) }, { v2: null });
  assert.deepEqual([...(v2.data as Float32Array)], [3, 5, 7]);
  session.dispose();
});

test("an OnnxGraph shares equal small constants, unless it is told not to", () => {
  for (const share of [true, false]) {
    const graph = new OnnxGraph({ share });
    const [number, sameNumber] = [graph.float(2), graph.float(2)];
    assert.equal(number === sameNumber, share);
    const [axes, sameAxes] = [graph.ints([1, 2]), graph.ints([1, 2])];
    assert.equal(axes === sameAxes, share);
    assert.notEqual(graph.float(0), graph.float(-0));
  }
});

test("an input of an OnnxGraph without a shape takes tensors of any", () => {
  const graph = new OnnxGraph();
  graph.output("y", graph.node("Neg", [graph.input("x", "float32")]), "float32", ["N"]);
  const session = new OrtSession(graph.encode());
  for (const length of [1, 3]) {
    const x = new OrtTensor("float32", new Float32Array(length).fill(2), [length]);
    assert.deepEqual([...(session.run({ x }, { y: null }).y.data as Float32Array)], Array(length).fill(-2));
  }
  session.dispose();
});

test("encode() refuses constants that an ONNX file cannot hold", () => {
  const graph = new OnnxGraph();
  const large = new Uint8Array(2 ** 30);
  graph.constant(large, [2 ** 30]);
  graph.constant(large, [2 ** 30]);
  assert.throws(
    () => graph.encode(),
    /Cannot write an ONNX model: expected less than 2 GiB of constants, got 2.0 GiB/,
  );
});
