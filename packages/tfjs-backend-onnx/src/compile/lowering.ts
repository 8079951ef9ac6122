import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import type { LazyValue } from "../lazy/lazy-value.ts";
import { hasGradients, type Subgraph } from "../lazy/subgraph.ts";
import {
  BLOCKS,
  HWBC,
  type Layout,
  NCHW,
  OIHW,
  physicalShape,
  sameLayout,
  toLayout,
  transposition,
} from "../runtime/layouts.ts";
import type { OnnxGraph } from "../runtime/onnx-graph.ts";
import { DTYPE_CODE } from "../runtime/onnx-model.ts";
import { atOnce } from "../runtime/steps.ts";
import { inBlocks, outOfBlocks, rowsInBlocks, scaledBlocks } from "./blocks.ts";
import { transposeMatrices } from "./transpose-matrices.ts";
import { WantedLayouts } from "./wanted-layouts.ts";

export interface LoweringOptions {
  /** Leaves in the main memory whose contents become part of the graph. */
  readonly constants: ReadonlySet<LazyValue>;
  /** Whether gradients compute once more what the forward pass could have kept for them. */
  readonly recompute: boolean;
  /** See {@link Emitter.onProcessor}. */
  readonly onProcessor: boolean;
  /** See {@link Emitter.blockSize}. */
  readonly blockSize: number;
}

/** Turns a subgraph of TensorFlow.js kernels into ONNX nodes, keeping track of names and layouts. */
export class Lowering implements Emitter {
  readonly graph: OnnxGraph;
  readonly hasGradients: boolean;
  readonly recompute: boolean;
  readonly onProcessor: boolean;
  readonly blockSize: number;
  /** Inputs that hold the shapes for `reshapeUnseen`. */
  readonly shapes: { name: string; shape: readonly number[] }[] = [];
  /** What `added` added up. */
  readonly sums = new Set<string>();
  readonly #lowered = new Map<Value, Lowered>();
  readonly #leaves = new Map<Value, { name: string; layout: Layout }>();
  readonly #wanted: WantedLayouts;
  readonly #once = new Map<string, string>();
  /** Whether values are handed out as float16. */
  #handsOutFloat16 = false;

  constructor(graph: OnnxGraph, subgraph: Subgraph, options: Partial<LoweringOptions> = {}) {
    const { nodes, leaves } = subgraph;
    const { constants = new Set(), recompute = false, onProcessor = false, blockSize = 0 } = options;
    this.graph = graph;
    this.hasGradients = hasGradients(subgraph);
    this.recompute = recompute;
    this.onProcessor = onProcessor;
    this.blockSize = blockSize;
    this.#wanted = new WantedLayouts(subgraph, this);
    leaves.forEach((leaf, i) => {
      const layout = this.keptLayout(leaf);
      const shape = physicalShape(leaf.shape, layout);
      const name = constants.has(leaf)
        ? graph.constant(atOnce(leaf.in(layout)), shape, leaf.dtype)
        : graph.input(`x${i}`, leaf.dtype, shape);
      this.#leaves.set(leaf, { name, layout });
    });
    for (const node of nodes) {
      graph.origin = node.kernel.name;
      const result = node.kernel.lower(this, node.inputs, node.attrs, node.outputs);
      const results = Array.isArray(result) ? result : [result];
      for (const [i, value] of node.outputs.entries()) this.#lowered.set(value, results[i]);
    }
    graph.origin = undefined;
  }

  /** Name and layout of every leaf. */
  get inputs(): { name: string; layout: Layout }[] {
    return [...this.#leaves.values()];
  }

  layoutOf(value: Value): Layout {
    const layout = this.layoutInMemory(value);
    return sameLayout(layout, BLOCKS) ? NCHW : layout;
  }

  layoutInMemory(value: Value): Layout {
    return this.#placeOf(value).layout;
  }

  #placeOf(value: Value): Lowered {
    return (this.#lowered.get(value) ?? this.#leaves.get(value))!;
  }

  wantedLayout(value: Value): Layout {
    return this.#wanted.of(value);
  }

  /** The layout in which `value` is handed from one run to the next: filters stay in their convolutions' one. */
  keptLayout(value: Value): Layout {
    const wanted = this.#wanted.of(value);
    return sameLayout(wanted, OIHW) ? wanted : undefined;
  }

  get(value: Value, layout: Layout = undefined): string {
    const stored = this.#lowered.get(value)?.stored;
    if (stored && sameLayout(layout, BLOCKS)) return inBlocks(this, this.get(value, NCHW));
    const name = this.#compact(value, layout);
    if (!stored) return name;
    return this.graph.node("Expand", [name, this.graph.ints(physicalShape(value.shape, layout))]);
  }

  operand(value: Value, rank: number, layout: Layout): string {
    const missing = rank - value.shape.length;
    if (missing === 0) return this.#compact(value, layout);
    const plain = this.get(value);
    if (!layout || value.shape.length === 0) return plain;
    const padded = [...new Array<number>(missing).fill(1), ...value.shape];
    const axes = padded.filter((size) => size > 1).length;
    if (axes <= 1) return this.reshape(plain, physicalShape(padded, layout));
    return this.transpose(this.reshape(plain, padded), transposition(undefined, layout, rank));
  }

  /**
   * The result is rounded to float16 too. ONNX Runtime's processor computes float16 in float32 and drops casts there
   * and back; not so where something lies between them, which the reshapes are for.
   */
  inFloat16(value: Value, lower: () => Lowered): Lowered {
    this.#handsOutFloat16 = true;
    try {
      const { name, layout } = lower();
      const result = this.reshape(name, physicalShape(value.shape, layout));
      return { name: this.graph.node("Cast", [result], { to: DTYPE_CODE.float32 }), layout };
    } finally {
      this.#handsOutFloat16 = false;
    }
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.once(`reshape ${name} ${shape}`, () =>
      this.graph.node("Reshape", [name, this.graph.ints(shape)]),
    );
  }

  /**
   * The memory of a tensor of known shape ONNX Runtime keeps for the next one of that shape, however late that comes;
   * the memory of others is free for anything.
   */
  reshapeUnseen(name: string, shape: readonly number[]): string {
    return this.once(`unseen ${name} ${shape}`, () => {
      const input = this.once(`shape ${shape}`, () => {
        this.shapes.push({ name: `shape${this.shapes.length}`, shape });
        // Its length would tell how many axes the results have: enough to be compared with all memory that is free.
        return this.graph.input(`shape${this.shapes.length - 1}`, "int64");
      });
      return this.graph.node("Reshape", [name, input]);
    });
  }

  transpose(name: string, perm: readonly number[]): string {
    if (!toLayout(perm)) return name;
    return this.once(`transpose ${name} ${perm}`, () => this.graph.node("Transpose", [name], { perm }));
  }

  added(a: string, b: string): string {
    const name = this.graph.node("Add", [a, b]);
    this.sums.add(name);
    return name;
  }

  relayout(name: string, value: Value, from: Layout, to: Layout): string {
    if (sameLayout(from, to)) return name;
    if (sameLayout(from, BLOCKS)) {
      const images = outOfBlocks(this, name, value.shape[3]);
      return this.relayout(images, value, NCHW, to);
    }
    if (sameLayout(to, BLOCKS)) {
      const direct = sameLayout(from, HWBC) && rowsInBlocks(this, name, value.shape);
      return direct || inBlocks(this, this.relayout(name, value, from, NCHW));
    }
    const perm = transposition(from, to, value.shape.length);
    const shape = this.storedShape(value);
    const isFloat32 = value.dtype === "float32" && !this.#handsOutFloat16;
    const transposed = isFloat32 && transposeMatrices(this, name, physicalShape(shape, from), perm);
    return transposed ? this.reshape(transposed, physicalShape(shape, to)) : this.transpose(name, perm);
  }

  once(key: string, make: () => string): string {
    let name = this.#once.get(key);
    if (name === undefined) {
      name = make();
      this.#once.set(key, name);
    }
    return name;
  }

  withoutFactor(value: Value): { value: Value; factor?: string } {
    const { name, layout, factor } = this.#lowered.get(value) ?? {};
    return factor ? { value: this.#part(value, { name: name!, layout }), factor } : { value };
  }

  multiplied(value: Value, factor: string, shape: readonly number[]): Value {
    const layout = this.layoutOf(value);
    return this.#part(value, { name: this.#product(this.get(value, layout), factor, shape, layout), layout });
  }

  /** A further value of the shape and type of `value`. */
  #part({ shape, dtype }: Value, lowered: Lowered): Value {
    const part = { shape, dtype, known: undefined };
    this.#lowered.set(part, lowered);
    return part;
  }

  #product(name: string, factor: string, shape: readonly number[], layout: Layout): string {
    if (sameLayout(layout, BLOCKS)) {
      const channels = shape[3];
      return this.once(`${name} · ${factor}`, () => scaledBlocks(this, name, channels, [factor]));
    }
    const by = this.reshape(factor, physicalShape(shape, layout));
    return this.once(`${name} · ${by}`, () => this.graph.node("Mul", [name, by]));
  }

  /** `value` without carrying out repetitions. */
  #compact(value: Value, layout: Layout): string {
    const { name: stored, layout: inMemory, factor } = this.#placeOf(value);
    const broad = value.shape.map((size, i) => (i === value.shape.length - 1 ? size : 1));
    const whole = factor ? this.#product(stored, factor, broad, inMemory) : stored;
    if (!this.#handsOutFloat16) return this.relayout(whole, value, inMemory, layout);
    const from = this.layoutOf(value);
    const images = this.relayout(whole, value, inMemory, from);
    const half = this.#half(images, physicalShape(this.storedShape(value), from));
    return this.relayout(half, value, from, layout);
  }

  /** `name` rounded to float16. */
  #half(name: string, shape: readonly number[]): string {
    const cast = this.once(`half ${name}`, () => this.graph.node("Cast", [name], { to: DTYPE_CODE.float16 }));
    return this.reshape(cast, shape);
  }

  storedShape(value: Value): readonly number[] {
    return this.#lowered.get(value)?.stored ?? value.shape;
  }
}
