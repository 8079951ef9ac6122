import { BufferPool } from "../compile/buffer-pool.ts";
import type { CompileOptions } from "../compile/compile.ts";
import { CompiledGraphs, type GraphRun } from "../compile/compiled-graphs.ts";
import { LazyValue, type Node } from "../lazy/lazy-value.ts";
import type { Numbers, NumericType } from "../lazy/numbers.ts";
import { recordedOf } from "../lazy/recorded-graph.ts";
import { collect, structureOf } from "../lazy/subgraph.ts";
import type { TensorRecord } from "../lazy/tensor-record.ts";
import type { Steps } from "../runtime/steps.ts";

/** Calls recorded before they run unasked, so that a program that never reads a value does not grow for ever. */
const LONGEST_GRAPH = 20_000;

/**
 * Calls that were recorded and have not run, and the memory of what they read: runs them as one model, and frees what
 * nothing reads any more.
 */
export class PendingCalls {
  /** Tensors whose contents are still to be computed. */
  readonly #records = new Set<TensorRecord>();
  readonly #options: () => CompileOptions;
  readonly #graphs: CompiledGraphs;
  readonly #pool = new BufferPool();
  /** Disposed values whose memory, here or on the device, calls still to run may read. */
  readonly #disposed = new Set<LazyValue>();
  /** Values that are being read, or wait for it, and how often: their tensors may be disposed meanwhile. */
  readonly #reading = new Map<LazyValue, number>();
  /** Whether calls are being carried out: elsewhere others are made meanwhile. */
  #running = false;
  /** What calls read and make that failed or waited: they may be tried again, so the garbage collector has its memory. */
  readonly #readAgain = new WeakSet<LazyValue>();
  #recorded = 0;

  /**
   * @param options How models are compiled from now on.
   * @param weights The values of all variables.
   */
  constructor(options: () => CompileOptions, weights: () => Set<LazyValue>) {
    this.#options = options;
    this.#graphs = new CompiledGraphs(weights);
  }

  /** A known value, whose memory later ones may take when its tensor is gone. */
  copied(values: Numbers, shape: readonly number[], dtype: NumericType): LazyValue {
    return LazyValue.leaf(this.#pool.copy(dtype, values), shape, dtype, true);
  }

  /** Adds a call, which will compute these tensors. */
  add(results: readonly TensorRecord[]): void {
    this.#recorded++;
    for (const record of results) this.#records.add(record);
  }

  /** Tensors still to be computed that calls since that `order` made. */
  madeSince(order: number): TensorRecord[] {
    return [...this.#records].filter(({ value }) => value?.node && value.node.order >= order);
  }

  /** Whether so many calls wait that they should run, asked for or not; says so once. */
  areMany(): boolean {
    if (this.#recorded < LONGEST_GRAPH) return false;
    this.#recorded = 0;
    return true;
  }

  /** Forgets a tensor that was disposed, and lets its contents go. */
  drop(record: TensorRecord): void {
    this.#records.delete(record);
    if (record.value) this.#retire(record.value);
  }

  /** Forgets all calls without running them. */
  clear(): void {
    this.#records.clear();
  }

  /** Keeps the contents of a value until `readEnds`, whatever becomes of its tensor. */
  readBegins(value: LazyValue): void {
    this.#reading.set(value, (this.#reading.get(value) ?? 0) + 1);
  }

  readEnds(value: LazyValue): void {
    const others = this.#reading.get(value)! - 1;
    if (others > 0) this.#reading.set(value, others);
    else this.#reading.delete(value);
    if (this.#isIdle) this.#free(this.#disposed);
  }

  /** Computes the contents of every tensor that is alive. */
  *flush(): Steps<void> {
    const values = [...[...this.#records].map(({ value }) => value!), ...this.#reading.keys()];
    const outputs = [...new Set(values)].filter(({ node }) => node);
    // What calls made from here on read is not among these.
    const disposed = [...this.#disposed];
    this.#records.clear();
    this.#recorded = 0;
    yield* this.#runAll(outputs);
    this.#free(disposed);
    if (this.#isIdle) this.#free(this.#disposed);
  }

  *#runAll(outputs: readonly LazyValue[]): Steps<void> {
    // Fresh variables first, by themselves: as leaves they give the step that reads them the structure of all
    // later steps, so that an optimizer's first step compiles no model of its own.
    const constants = outputs.filter(({ isConstant }) => isConstant);
    try {
      if (constants.length > 0) yield* this.run(constants);
    } catch {
      // What is wrong with them shows again below, among all that it takes along.
    }
    const rest = outputs.filter(({ node }) => node);
    if (rest.length > 0) yield* this.run(rest);
  }

  /** Computes `outputs` and nothing else. */
  *run(outputs: readonly LazyValue[]): Steps<void> {
    this.#running = true;
    try {
      const { nodes } = collect(outputs);
      for (const node of nodes) {
        if (node.kernel.onHost) yield* this.#runOnHost(node, outputs);
        else if (recordedOf(node)) yield* this.#runRecorded(node, outputs);
      }
      const rest = outputs.filter(({ node }) => node);
      if (rest.length > 0) yield* this.#runAsModel(rest);
    } catch (error) {
      this.#keepToTryAgain(outputs);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  #keepToTryAgain(outputs: readonly LazyValue[]): void {
    const { nodes, leaves } = collect(outputs.filter(({ node }) => node));
    for (const value of [...leaves, ...nodes.flatMap(({ outputs }) => outputs)])
      for (const kept of [value, value.base]) if (kept) this.#readAgain.add(kept);
  }

  *#runOnHost({ kernel, inputs, outputs: results }: Node, outputs: readonly LazyValue[]): Steps<void> {
    yield* this.#runInputs(inputs, outputs);
    const values: Numbers[] = [];
    for (const input of inputs) values.push(yield* input.read());
    for (const [i, data] of kernel.onHost!(values).entries()) results[i].resolve(data, undefined, false);
  }

  *#runRecorded(node: Node, outputs: readonly LazyValue[]): Steps<void> {
    const { inputs, outputs: results } = node;
    yield* this.#runInputs(inputs, outputs);
    const recorded = recordedOf(node)!;
    const { structure } = recorded;
    yield* this.#runModel({
      structure,
      leaves: inputs,
      outputs: results,
      subgraph: () => recorded.on(inputs),
    });
  }

  /** Computes what a call that is carried out by itself reads. */
  *#runInputs(inputs: readonly LazyValue[], outputs: readonly LazyValue[]): Steps<void> {
    const pending = [...new Set(inputs)].filter(({ node }) => node);
    if (pending.length > 0) yield* this.#runAsModel(pending);
    // What was not asked for may be read later all the same: by its tensor, or as the reshape of another value.
    for (const value of pending) if (!outputs.includes(value)) yield* value.fetch();
  }

  *#runAsModel(outputs: readonly LazyValue[]): Steps<void> {
    const subgraph = collect(outputs);
    yield* this.#runModel({ ...subgraph, structure: structureOf(subgraph), subgraph: () => subgraph });
  }

  *#runModel(run: GraphRun): Steps<void> {
    yield* this.#graphs.run(run, this.#options(), this.#pool);
    this.#pool.age();
  }

  /** How many models have been compiled. */
  get compilations(): number {
    return this.#graphs.compilations;
  }

  /** How long that took, in milliseconds. */
  get compileMs(): number {
    return this.#graphs.compileMs;
  }

  forgetModels(): void {
    this.#graphs.clear();
  }

  /** Lets the contents of a value go whose tensor is gone, once all calls have run: each may be a model by itself. */
  #retire(value: LazyValue): void {
    if (this.#readAgain.has(value)) return;
    const { ownsMemory, isOnDevice, node } = value;
    if (ownsMemory || isOnDevice || recordedOf(node) || this.#running) this.#disposed.add(value);
    if (this.#isIdle) this.#free(this.#disposed);
  }

  /** Whether nothing waits, runs or is read, so that no value is needed but those of tensors that are alive. */
  get #isIdle(): boolean {
    return this.#records.size === 0 && this.#reading.size === 0 && !this.#running;
  }

  #free(values: Iterable<LazyValue>): void {
    for (const value of [...values]) {
      if (this.#reading.has(value)) continue;
      this.#disposed.delete(value);
      if (this.#readAgain.has(value)) continue;
      value.freeBuffer();
      const memory = value.retire();
      if (memory) this.#pool.give(value.dtype, memory);
    }
  }
}
