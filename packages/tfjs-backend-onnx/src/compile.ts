import { availableParallelism } from "node:os";
import { util } from "@tensorflow/tfjs-core";
import type { BufferPool } from "./buffer-pool.ts";
import { type Layout, physicalShape } from "./layouts.ts";
import type { Numbers, NumericType, Subgraph } from "./lazy-graph.ts";
import { Lowering } from "./lowering.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { addSilence, OrtSession, OrtTensor, type SessionOptions } from "./ort-session.ts";

/** A subgraph's structure as one compiled ONNX model; runs any subgraph of that structure. */
export class CompiledGraph {
  readonly #session: OrtSession;
  readonly #inputs: readonly { name: string; layout: Layout }[];
  readonly #outputs: readonly { name: string; layout: Layout }[];

  /** @throws {Error} When ONNX Runtime refuses the model; the message names the TensorFlow.js kernel. */
  constructor(subgraph: Subgraph, options: SessionOptions = {}) {
    const graph = new OnnxGraph();
    addSilence(graph);
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

  /** Runs the model on the subgraph's leaves and makes leaves of its outputs, in memory from `pool`. */
  run({ leaves, outputs }: Subgraph, pool: BufferPool): void {
    const feeds: Record<string, OrtTensor> = {};
    const inUse = new Set<Numbers>();
    for (const [i, leaf] of leaves.entries()) {
      const { name, layout } = this.#inputs[i];
      const data = leaf.in(layout);
      inUse.add(data);
      feeds[name] = tensor(leaf.dtype, data, physicalShape(leaf.shape, layout));
    }
    const results: Record<string, OrtTensor> = {};
    for (const [i, { shape, dtype }] of outputs.entries()) {
      const { name, layout } = this.#outputs[i];
      if (results[name]) continue;
      const memory = pool.take(dtype, util.sizeFromShape([...shape]), inUse);
      results[name] = tensor(dtype, memory, physicalShape(shape, layout));
    }
    this.#session.runInto(feeds, results);
    for (const [i, value] of outputs.entries()) {
      const { name, layout } = this.#outputs[i];
      const owned = this.#outputs.every((output, j) => j === i || output.name !== name);
      value.resolve(results[name].data as Float32Array, layout, owned);
    }
    pool.age();
  }

  dispose(): void {
    this.#session.endProfiling();
    this.#session.dispose();
  }
}

function tensor(dtype: NumericType, data: Numbers, dims: number[]): OrtTensor {
  return dtype === "float32"
    ? new OrtTensor(dtype, data as Float32Array, dims)
    : dtype === "int32"
      ? new OrtTensor(dtype, data as Int32Array, dims)
      : new OrtTensor(dtype, data as Uint8Array, dims);
}
