import type { LazyValue } from "../lazy/lazy-value.ts";
import { hasGradients, type Subgraph } from "../lazy/subgraph.ts";
import type { Threading } from "../runtime/runtime.ts";
import type { Steps } from "../runtime/steps.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { CompiledGraph, type CompileOptions, type LeavesAndOutputs } from "./compile.ts";

/** How many structures are kept, whatever they take; the one unused for longest goes first. */
const ALWAYS_KEPT = 64;

/**
 * What all that are kept beyond that take together, at most. A model holds on to a twentieth of the elements that it
 * reads and computes: 76 of resface-small, of 36 images and 50 million elements in the mean, took 11 MB each.
 */
const MOST_KEPT = { models: 1024, elements: 2 ** 33, threads: 512 };

/** Elements of weights below which constants gain nothing, and above which a model becomes too large. */
const FEWEST = 2 ** 14;
const MOST = 2 ** 28;

/** A subgraph to compute. */
export interface GraphRun extends LeavesAndOutputs {
  /** What `structureOf` says of it. */
  readonly structure: string;
  /** All of it, which only a structure's compilation needs. */
  subgraph(): Subgraph;
}

/** The model of one structure, and which of its leaves have been the same since when. */
interface Entry {
  graph: CompiledGraph;
  /** Position and value of the leaves that did not change; all of a frozen model's constants. */
  unchanged: readonly { position: number; leaf: WeakRef<LazyValue> }[];
  runs: number;
  frozen: boolean;
  /** Whether it computes gradients: weights then change, and are never watched. */
  readonly trains: boolean;
}

/**
 * The compiled models of the structures that were run lately. Where a net's weights stay as they are, as in
 * inference, they become constants of the model: ONNX Runtime then transforms filters and folds batch normalisation
 * once, and not in every run.
 */
export class CompiledGraphs {
  readonly #entries = new Map<string, Entry>();
  readonly #weights: () => ReadonlySet<LazyValue>;
  #threading: Threading | undefined;
  /** How many models have been compiled. */
  compilations = 0;
  /** How long that took, in milliseconds. */
  compileMs = 0;

  /** @param weights The values of all variables: a batch never becomes a constant, however often it comes again. */
  constructor(weights: () => ReadonlySet<LazyValue>) {
    this.#weights = weights;
  }

  /** Computes the outputs of a subgraph, by a model compiled before where there is one. */
  *run(run: GraphRun, options: CompileOptions, pool: BufferPool): Steps<void> {
    this.#follow(options.threading);
    const key = `${options.recompute} ${run.structure}`;
    const compile = (constants?: ReadonlySet<LazyValue>) => this.#compile(run.subgraph(), options, constants);
    let entry = this.#entries.get(key);
    const { patience } = options;
    if (!entry)
      entry = { ...(yield* this.#first(run, compile, patience)), trains: hasGradients(run.subgraph()) };
    else if (!entry.trains) yield* this.#update(entry, run, compile, patience);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#forgetOldest();
    yield* entry.graph.run(run, pool);
  }

  *#compile(
    subgraph: Subgraph,
    options: CompileOptions,
    constants?: ReadonlySet<LazyValue>,
  ): Steps<CompiledGraph> {
    this.compilations++;
    const start = performance.now();
    const graph = yield* CompiledGraph.compile(subgraph, options, constants);
    this.compileMs += performance.now() - start;
    return graph;
  }

  #forgetOldest(): void {
    if (this.#entries.size <= ALWAYS_KEPT) return;
    let elements = 0;
    let threads = 0;
    for (const { graph } of this.#entries.values()) {
      elements += graph.elements;
      threads += graph.threads;
    }
    for (const [key, { graph }] of this.#entries) {
      const models = this.#entries.size;
      const fits =
        models <= MOST_KEPT.models && elements <= MOST_KEPT.elements && threads <= MOST_KEPT.threads;
      if (fits || models <= ALWAYS_KEPT) return;
      graph.dispose();
      this.#entries.delete(key);
      elements -= graph.elements;
      threads -= graph.threads;
    }
  }

  /** Lets models go that were compiled for other threads. */
  #follow(threading: Threading): void {
    const { threads, spinning } = this.#threading ?? threading;
    this.#threading = threading;
    if (threads === threading.threads && spinning === threading.spinning) return;
    for (const [key, { graph }] of this.#entries) {
      if (!graph.isParallel) continue;
      graph.dispose();
      this.#entries.delete(key);
    }
  }

  clear(): void {
    for (const { graph } of this.#entries.values()) graph.dispose();
    this.#entries.clear();
  }

  *#first(run: GraphRun, compile: Compile, patience: number): Steps<Omit<Entry, "trains">> {
    const unchanged = watch(run);
    const constant = patience === 0 && this.#constantOf(unchanged, run);
    if (!constant) return { graph: yield* compile(), unchanged, runs: 0, frozen: false };
    return {
      graph: yield* compile(leavesAt(constant, run)),
      unchanged: constant,
      runs: 0,
      frozen: true,
    };
  }

  /** Makes constants of weights that have not changed for some runs, and inputs of them when they do. */
  *#update(entry: Entry, run: GraphRun, compile: Compile, patience: number): Steps<void> {
    const { leaves } = run;
    const unchanged = entry.unchanged.filter(({ position, leaf }) => leaf.deref() === leaves[position]);
    if (entry.frozen ? unchanged.length < entry.unchanged.length : unchanged.length === 0) {
      if (entry.frozen && patience === 0) {
        entry.graph.dispose();
        Object.assign(entry, yield* this.#first(run, compile, patience));
        return;
      }
      const thawed = entry.frozen ? yield* compile() : entry.graph;
      if (entry.frozen) entry.graph.dispose();
      Object.assign(entry, { graph: thawed, unchanged: watch(run), runs: 0, frozen: false });
      return;
    }
    entry.unchanged = unchanged;
    if (entry.frozen || ++entry.runs !== Math.max(1, patience)) return;
    const constant = this.#constantOf(unchanged, run);
    if (!constant) return;
    const frozen = yield* compile(leavesAt(constant, run));
    entry.graph.dispose();
    Object.assign(entry, { graph: frozen, unchanged: constant, frozen: true });
  }

  /** The weights among leaves that stay; `undefined` where constants gain nothing, or are too many. */
  #constantOf(unchanged: Entry["unchanged"], run: GraphRun): Entry["unchanged"] | undefined {
    if (hasGradients(run.subgraph())) return undefined;
    const weights = this.#weights();
    const constant = unchanged.filter(({ position }) => weights.has(run.leaves[position]));
    const leaves = leavesAt(constant, run);
    const size = [...leaves].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    return size < FEWEST || size > MOST ? undefined : constant;
  }
}

type Compile = (weights?: ReadonlySet<LazyValue>) => Steps<CompiledGraph>;

function leavesAt(places: Entry["unchanged"], { leaves }: LeavesAndOutputs): Set<LazyValue> {
  return new Set(places.map(({ position }) => leaves[position]));
}

function watch({ leaves }: LeavesAndOutputs): Entry["unchanged"] {
  return leaves.map((leaf, position) => ({ position, leaf: new WeakRef(leaf) }));
}
