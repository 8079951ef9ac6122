import assert from "node:assert/strict";
import { test } from "node:test";
import { fuseSums } from "../../src/compile/fused-sums.ts";
import { blockSize } from "../../src/runtime/native/block-size.ts";
import { OrtSession } from "../../src/runtime/native/ort-session.ts";
import { OnnxGraph } from "../../src/runtime/onnx-graph.ts";
import { OrtTensor } from "../../src/runtime/ort-tensor.ts";

const skip = blockSize() === 0 && "this processor has no layout of its own for convolutions";
const CONV = "com.microsoft.nchwc.Conv";
const CHANNELS = Math.max(1, blockSize());
const SHAPE = [2, CHANNELS, 3, 4];

const waves = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i + phase) + 0.1);

/** Adds up `terms(graph, x)`, and says what that gives, and how many sums are left, without and with fusing. */
function both(build: (graph: OnnxGraph, x: string) => { terms: [string, string]; others?: string[] }) {
  return [false, true].map((fused) => {
    const graph = new OnnxGraph();
    const { terms, others = [] } = build(graph, graph.input("x", "float32", SHAPE));
    const sum = graph.node("Add", terms);
    const outputs = [graph.node("Tanh", [sum]), ...others];
    for (const name of outputs) graph.output(name, name, "float32", SHAPE);
    if (fused) fuseSums(graph, new Set([sum]), outputs);
    const session = new OrtSession(graph.encode(), { graphOptimizationLevel: "disabled" });
    const x = new OrtTensor(
      "float32",
      waves(
        SHAPE.reduce((a, b) => a * b),
        0,
      ),
      SHAPE,
    );
    const got = session.run({ x }, Object.fromEntries(outputs.map((name) => [name, null])));
    session.dispose();
    return {
      values: outputs.flatMap((name) => [...(got[name].data as Float32Array)]),
      sums: graph.allNodes.filter(({ opType }) => opType === "Add").length,
    };
  });
}

/** A convolution of 3×3 of images in blocks. */
const images = (graph: OnnxGraph, x: string) => {
  const filter = graph.constant(waves(CHANNELS * CHANNELS * 9, 1), [CHANNELS, CHANNELS, 3, 3]);
  return graph.node(CONV, [x, filter], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
};

const reshaped = (graph: OnnxGraph, x: string, shape: readonly number[]) =>
  graph.node("Reshape", [x, graph.ints(shape)]);

/** Numbers in a row, taken for channels of blocks, each multiplied by its own factor. */
function lanes(graph: OnnxGraph, x: string) {
  const filter = graph.constant(waves(CHANNELS, 2), [CHANNELS]);
  const inputs = [reshaped(graph, x, [1, CHANNELS, 4, 6]), reshaped(graph, filter, [CHANNELS, 1, 1, 1])];
  return reshaped(graph, graph.node(CONV, inputs, { group: CHANNELS, kernel_shape: [1, 1] }), SHAPE);
}

function agree([plain, fused]: ReturnType<typeof both>, sums: number) {
  assert.equal(plain.sums, 1);
  assert.equal(fused.sums, sums);
  for (const [i, value] of plain.values.entries())
    assert.ok(Math.abs(fused.values[i] - value) < 1e-5, `${i}: ${fused.values[i]} and ${value}`);
}

for (const [what, conv] of Object.entries({ "images in blocks": images, "numbers in a row": lanes })) {
  test(`a convolution of ${what} adds what nothing else reads later, whichever term it makes`, {
    skip,
  }, () => {
    agree(
      both((graph, x) => ({ terms: [graph.node("Sigmoid", [x]), conv(graph, x)] })),
      0,
    );
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        return { terms: [conv(graph, graph.node("Cos", [other])), other] };
      }),
      0,
    );
  });

  test(`a convolution of ${what} leaves alone what is read later or by itself, comes in or goes out`, {
    skip,
  }, () => {
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        const result = conv(graph, x);
        return { terms: [other, result], others: [graph.node("Neg", [other])] };
      }),
      1,
    );
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        const aside = reshaped(graph, other, [2 * CHANNELS, 12]);
        const terms: [string, string] = [other, conv(graph, x)];
        return { terms, others: [reshaped(graph, graph.node("Neg", [aside]), SHAPE)] };
      }),
      1,
    );
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        return { terms: [other, conv(graph, other)] };
      }),
      1,
    );
    agree(
      both((graph, x) => ({ terms: [x, conv(graph, x)] })),
      1,
    );
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        return { terms: [other, conv(graph, x)], others: [other] };
      }),
      1,
    );
    agree(
      both((graph, x) => {
        const other = graph.node("Sigmoid", [x]);
        const result = conv(graph, x);
        return { terms: [other, result], others: [graph.node("Neg", [result])] };
      }),
      1,
    );
  });
}

test("a convolution that multiplies each channel by a number waits for a term that is made later, another does not", {
  skip,
}, () => {
  const before = (conv: typeof lanes) => (graph: OnnxGraph, x: string) => {
    const result = conv(graph, x);
    return { terms: [result, graph.node("Sigmoid", [x])] as [string, string] };
  };
  agree(both(before(lanes)), 0);
  agree(both(before(images)), 1);
  agree(
    both((graph, x) => {
      const result = lanes(graph, x);
      const other = graph.node("Sigmoid", [x]);
      return { terms: [result, other], others: [other] };
    }),
    1,
  );
});

test("a convolution whose result has another shape than its images adds nothing through a reshape", {
  skip,
}, () => {
  agree(
    both((graph, x) => {
      const pair = reshaped(graph, x, [1, CHANNELS, 2, 12]);
      const filter = graph.constant(waves(2 * CHANNELS * CHANNELS * 2, 1), [2 * CHANNELS, CHANNELS, 2, 1]);
      const halves = graph.node(CONV, [pair, filter], { kernel_shape: [2, 1] });
      return { terms: [graph.node("Sigmoid", [x]), reshaped(graph, halves, SHAPE)] };
    }),
    1,
  );
});
