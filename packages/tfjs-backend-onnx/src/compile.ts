import { availableParallelism } from "node:os";
import { type Layout, physicalShape } from "./layouts.ts";
import type { NumericType, Subgraph } from "./lazy-graph.ts";
import { Lowering } from "./lowering.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { OrtSession, OrtTensor, type SessionOptions } from "./ort-session.ts";

/** A subgraph's structure as one compiled ONNX model; runs any subgraph of that structure. */
export class CompiledGraph {
  readonly #session: OrtSession;
  readonly #inputs: readonly { name: string; layout: Layout }[];
  readonly #outputs: readonly { name: string; layout: Layout }[];
  readonly #fetches: Record<string, null>;

  /** @throws {Error} When ONNX Runtime refuses the model; the message names the TensorFlow.js kernel. */
  constructor(subgraph: Subgraph, options: SessionOptions = {}) {
    const graph = new OnnxGraph();
    const lowering = new Lowering(graph, subgraph);
    this.#inputs = lowering.inputs;
    const inputs = new Set(this.#inputs.map(({ name }) => name));
    this.#inputs.forEach(({ name, layout }, i) => {
      const { shape, dtype } = subgraph.leaves[i];
      graph.input(name, dtype, physicalShape(shape, layout));
    });
    const declared = new Set<string>();
    this.#outputs = subgraph.outputs.map((value) => {
      const layout = lowering.keptLayout(value);
      const found = lowering.get(value, layout);
      const name = inputs.has(found) ? graph.node("Identity", [found]) : found;
      if (!declared.has(name)) graph.output(name, name, value.dtype, physicalShape(value.shape, layout));
      declared.add(name);
      return { name, layout };
    });
    this.#fetches = Object.fromEntries([...declared].map((name) => [name, null]));
    try {
      this.#session = new OrtSession(graph.encode(), {
        intraOpNumThreads: availableParallelism(),
        // One block planned for all of a step's tensors is slower to touch than the arena's reused ones: a step of
        // ResFace20, batch 16, took 2.4 s with it and 1.9 s without, at 3.0 and 2.2 GB (medians of 12, 2 cores).
        enableMemPattern: false,
        logSeverityLevel: 4, // errors are thrown; ONNX Runtime would print them as well
        ...options,
      });
    } catch (cause) {
      throw new Error(`Cannot compile a graph of ${graph.size} nodes: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** Runs the model on the subgraph's leaves and makes leaves of its outputs. */
  run({ leaves, outputs }: Subgraph): void {
    const feeds: Record<string, OrtTensor> = {};
    for (const [i, leaf] of leaves.entries()) {
      const { name, layout } = this.#inputs[i];
      feeds[name] = tensor(leaf.dtype, leaf.in(layout), physicalShape(leaf.shape, layout));
    }
    const results = this.#session.run(feeds, this.#fetches);
    for (const [i, value] of outputs.entries()) {
      const { name, layout } = this.#outputs[i];
      value.resolve(results[name].data as Float32Array, layout);
    }
  }

  dispose(): void {
    this.#session.endProfiling();
    this.#session.dispose();
  }
}

function tensor(dtype: NumericType, data: Float32Array | Int32Array | Uint8Array, dims: number[]): OrtTensor {
  return dtype === "float32"
    ? new OrtTensor(dtype, data as Float32Array, dims)
    : dtype === "int32"
      ? new OrtTensor(dtype, data as Int32Array, dims)
      : new OrtTensor(dtype, data as Uint8Array, dims);
}
