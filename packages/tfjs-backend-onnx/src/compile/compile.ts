import { util } from "@tensorflow/tfjs-core";
import type { LazyValue } from "../lazy/lazy-value.ts";
import type { Numbers, NumericType } from "../lazy/numbers.ts";
import type { Subgraph } from "../lazy/subgraph.ts";
import { DeviceBuffer } from "../runtime/device-buffer.ts";
import { type Layout, physicalShape } from "../runtime/layouts.ts";
import { OnnxGraph } from "../runtime/onnx-graph.ts";
import { type OrtTensor, ortTensor, shapeTensor } from "../runtime/ort-tensor.ts";
import type { Runtime, Session, SessionOptions, Threading } from "../runtime/runtime.ts";
import { sessionError } from "../runtime/session-error.ts";
import type { Steps } from "../runtime/steps.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { feed } from "./feed.ts";
import { fuseSums } from "./fused-sums.ts";
import { Lowering } from "./lowering.ts";

/** Elements below which starting threads for a model takes longer than they ever save. */
const SMALL = 2 ** 16;

/** How models are compiled and run. */
export interface CompileOptions {
  /** Over this package's defaults. */
  readonly session: SessionOptions;
  readonly runtime: Runtime;
  readonly threading: Threading;
  /** Whether gradients compute once more what the forward pass could have kept for them; `auto`: in large graphs. */
  readonly recompute: boolean | "auto";
  /** Runs with unchanged weights after which they become constants. */
  readonly patience: number;
}

/** Bytes of images that filters' gradients read, from which on `auto` recomputes. */
const LARGE = 2 ** 28;

/** What changes from one run of a structure to the next. */
export type LeavesAndOutputs = Pick<Subgraph, "leaves" | "outputs">;

/** A subgraph's structure as one compiled ONNX model; runs any subgraph of that structure. */
export class CompiledGraph {
  /** Elements of all that it reads and computes. */
  readonly elements: number;
  /** Whether it is large enough for several threads. */
  readonly isParallel: boolean;
  /** Threads that its session keeps for itself, beside the one that calls it. */
  readonly threads: number;
  readonly #session: Session;
  readonly #runtime: Runtime;
  /** The leaves that are not constants. */
  readonly #inputs: readonly (Place & { readonly position: number })[];
  readonly #shapes: Readonly<Record<string, OrtTensor>>;
  /** `shared`: two tensors have this result, so that neither owns its memory. */
  readonly #outputs: readonly (Place & { readonly shared: boolean })[];

  private constructor(
    subgraph: Subgraph,
    lowering: Lowering,
    outputs: readonly { name: string; layout: Layout }[],
    constants: ReadonlySet<LazyValue>,
    { session, runtime, elements, threads }: Compiled,
  ) {
    this.#session = session;
    this.#runtime = runtime;
    this.elements = elements;
    this.isParallel = elements > SMALL;
    this.threads = threads;
    this.#shapes = Object.fromEntries(lowering.shapes.map(({ name, shape }) => [name, shapeTensor(shape)]));
    this.#inputs = lowering.inputs
      .map((leaf, position) => ({ ...placeOf(leaf, subgraph.leaves[position]), position }))
      .filter(({ position }) => !constants.has(subgraph.leaves[position]));
    this.#outputs = outputs.map((output, i) => ({
      ...placeOf(output, subgraph.outputs[i]),
      shared: outputs.some(({ name }, j) => j !== i && name === output.name),
    }));
  }

  /**
   * @param constants Leaves that are part of the model, as they are now.
   * @throws {Error} When ONNX Runtime refuses the model; the message names the TensorFlow.js kernel.
   */
  static *compile(
    subgraph: Subgraph,
    { session, runtime, threading, recompute }: CompileOptions,
    constants: ReadonlySet<LazyValue> = new Set(),
  ): Steps<CompiledGraph> {
    const elements = sizeOf(subgraph);
    const wanted = { ...threading, ...(elements > SMALL ? {} : { threads: 1 }) };
    const options = { ...runtime.threadingOptions(wanted), ...session };
    for (const leaf of constants) yield* leaf.fetch();
    const graph = new OnnxGraph();
    runtime.prepare(graph);
    const lowering = new Lowering(graph, subgraph, {
      constants,
      onProcessor: runtime.onProcessor,
      blockSize: runtime.blockSize,
      recompute: recompute === "auto" ? imagesForGradients(subgraph) > LARGE : recompute,
    });
    const { outputs, kept, others } = declareOutputs(lowering, subgraph, runtime);
    fuseSums(
      graph,
      lowering.sums,
      outputs.map(({ name }) => name),
    );
    try {
      const compiled = yield* runtime.compile(graph, {
        session: {
          // One block planned for all of a step's tensors is slower to touch than the arena's reused ones: a step of
          // ResFace20, batch 16, took 2.4 s with it and 1.9 s without, at 3.0 and 2.2 GB (medians of 12, 2 cores).
          enableMemPattern: false,
          logSeverityLevel: 4, // errors are thrown; ONNX Runtime would print them as well
          // A step of LResNet50E-IR compiles in two thirds of the time without, and runs as fast: there is nothing to fold.
          ...(lowering.hasGradients &&
            lowering.onProcessor && { graphOptimizationLevel: "disabled" as const }),
          ...options,
        },
        kept,
        others,
      });
      const threads = runtime.keptThreads(options.intraOpNumThreads ?? wanted.threads);
      return new CompiledGraph(subgraph, lowering, outputs, constants, {
        session: compiled,
        runtime,
        elements,
        threads,
      });
    } catch (cause) {
      throw sessionError("compile", cause);
    }
  }

  /**
   * Runs the model on the subgraph's leaves and makes leaves of its outputs.
   *
   * @throws {Error} When it fails; the message names the TensorFlow.js kernel.
   */
  *run(subgraph: LeavesAndOutputs, pool: BufferPool): Steps<void> {
    try {
      if (this.#runtime.keepsResults) yield* this.#runOnDevice(subgraph);
      else yield* this.#runInMemory(subgraph, pool);
    } catch (cause) {
      throw sessionError("run", cause);
    }
  }

  /** Results are written into memory from `pool`, or come in fresh one. */
  *#runInMemory({ leaves, outputs }: LeavesAndOutputs, pool: BufferPool): Steps<void> {
    const { writesInto } = this.#runtime;
    const feeds = { ...this.#shapes };
    const inUse = new Set<Numbers>();
    for (const { position, name, layout, dtype, sizes } of this.#inputs) {
      const data = yield* leaves[position].in(layout);
      inUse.add(data);
      feeds[name] = ortTensor(dtype, data, sizes);
    }
    const wanted: Record<string, OrtTensor | null> = {};
    for (const { name, dtype, sizes, length } of this.#outputs) {
      if (!writesInto) wanted[name] = null;
      if (name in wanted) continue;
      wanted[name] = ortTensor(dtype, pool.take(dtype, length, inUse), sizes);
    }
    const results = yield* this.#session.run(feeds, wanted);
    for (const [i, value] of outputs.entries()) {
      const { name, layout, shared } = this.#outputs[i];
      value.resolve(results[name].data as Float32Array, layout, writesInto && !shared);
    }
  }

  /** Results stay on the device, but for scalars and what is not float32. */
  *#runOnDevice({ leaves, outputs }: LeavesAndOutputs): Steps<void> {
    const feeds = { ...this.#shapes };
    for (const { position, name, layout } of this.#inputs)
      feeds[name] = yield* feed(leaves[position], layout, this.#runtime);
    const fetches = Object.fromEntries(this.#outputs.map(({ name }) => [name, null]));
    const results = yield* this.#session.run(feeds, fetches);
    const buffers = new Map<string, DeviceBuffer>();
    for (const [i, value] of outputs.entries()) {
      const { name, layout } = this.#outputs[i];
      const tensor = results[name];
      if (tensor.location === "cpu") {
        value.resolve(tensor.data as Float32Array, layout, false);
      } else {
        const buffer = buffers.get(name) ?? new DeviceBuffer(tensor, this.#session, this.#runtime);
        buffers.set(name, buffer);
        value.resolveTo(buffer, layout);
      }
    }
  }

  dispose(): void {
    this.#session.dispose();
  }
}

interface Compiled {
  readonly session: Session;
  readonly runtime: Runtime;
  readonly elements: number;
  readonly threads: number;
}

/** How the model's input or output of this name lies in memory. */
interface Place {
  readonly name: string;
  readonly dtype: NumericType;
  readonly layout: Layout;
  /** In the order in which they lie in memory. */
  readonly sizes: readonly number[];
  readonly length: number;
}

function placeOf({ name, layout }: { name: string; layout: Layout }, { shape, dtype }: LazyValue): Place {
  return {
    ...{ name, dtype, layout, sizes: physicalShape(shape, layout) },
    length: util.sizeFromShape([...shape]),
  };
}

/** Declares the results of a subgraph, and tells which of them stay on the device. */
function declareOutputs(lowering: Lowering, subgraph: Subgraph, runtime: Runtime) {
  const { graph } = lowering;
  const inputs = new Set(lowering.inputs.map(({ name }) => name));
  const declared = new Set<string>();
  const kept = new Set<string>();
  const outputs = subgraph.outputs.map((value) => {
    const layout = lowering.keptLayout(value);
    const found = lowering.get(value, layout);
    const name = inputs.has(found) ? graph.node("Identity", [found]) : found;
    if (!declared.has(name)) graph.output(name, name, value.dtype, physicalShape(value.shape, layout));
    declared.add(name);
    if (staysOn(runtime, value)) kept.add(name);
    return { name, layout };
  });
  return { outputs, kept: [...kept], others: [...declared].filter((name) => !kept.has(name)) };
}

function imagesForGradients({ nodes }: Subgraph): number {
  return nodes
    .filter(({ kernel }) => kernel.name === "Conv2DBackpropFilter")
    .reduce((sum, { inputs: [image] }) => sum + 4 * util.sizeFromShape([...image.shape]), 0);
}

/** Scalars, such as a loss, are wanted in the main memory; other floats are left where they were computed. */
function staysOn({ keepsResults }: Runtime, { dtype, shape }: LazyValue): boolean {
  return keepsResults && dtype === "float32" && shape.length > 0;
}

/** Elements of all that a subgraph reads and computes. */
function sizeOf({ leaves, nodes }: Subgraph): number {
  const values = [...leaves, ...nodes.flatMap(({ outputs }) => outputs)];
  return values.reduce((sum, { shape }) => sum + util.sizeFromShape([...shape]), 0);
}
