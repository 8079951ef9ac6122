import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readOnnxHeader } from "@amface/nets";
import { memorySource } from "@amface/numpy";
import { OnnxGraph, OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import { cheapPrelu } from "../../src/foreign/cheap-prelu.ts";

const header = (bytes: Uint8Array) => readOnnxHeader(memorySource(bytes), "test");

test("cheapPrelu() replaces PReLUs whose slopes are constants, and only those, by others of the same values", () => {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", [2, 3]);
  const slopes = graph.input("slopes", "float32", [3]);
  const first = graph.node("PRelu", [x, graph.constant(Float32Array.of(0.25, -0.5, 2), [3])]);
  graph.output("y", graph.node("PRelu", [first, slopes]), "float32", [2, 3]);
  const bytes = graph.encode();
  const changed = cheapPrelu(bytes, header(bytes));
  assert.ok(changed);
  assert.deepEqual(
    ["PRelu", "Relu", "Sub", "Mul", "Add"].map((name) => header(changed).operators.get(name)),
    [1, 1, 1, 2, 1],
  );
  const feeds = {
    x: new OrtTensor("float32", Float32Array.of(1, -2, 3, -4, 5, -6), [2, 3]),
    slopes: new OrtTensor("float32", Float32Array.of(1, 0.5, 0.25), [3]),
  };
  const [expected, got] = [bytes, changed].map((model) => {
    const session = new OrtSession(model);
    const { y } = session.run(feeds, { y: null });
    session.dispose();
    return Array.from(y.data as Float32Array);
  });
  assert.deepEqual(got, expected);
  assert.deepEqual(expected, [1, 1, 3, -1, 5, -3]);
});

test("cheapPrelu() leaves a model as it is without PReLUs, or with none whose slopes are constants", () => {
  for (const operator of ["Relu", "PRelu"]) {
    const graph = new OnnxGraph();
    const inputs = [graph.input("x", "float32", [2])];
    if (operator === "PRelu") inputs.push(graph.input("slopes", "float32", [2]));
    graph.output("y", graph.node(operator, inputs), "float32", [2]);
    const bytes = graph.encode();
    assert.equal(cheapPrelu(bytes, header(bytes)), undefined);
  }
});

test("cheapPrelu() adds one constant to PyTorch's file", async () => {
  const golden = new Uint8Array(await readFile(join(import.meta.dirname, "golden", "whole.onnx")));
  assert.equal(
    header(cheapPrelu(golden, header(golden))!).initializers.length,
    header(golden).initializers.length + 1,
  );
});
