import { type Layout, physicalShape, sameLayout, toLayout, transposition } from "./layouts.ts";
import type { LazyValue, Subgraph } from "./lazy-graph.ts";
import { chooseLeafLayouts } from "./leaf-layouts.ts";
import type { OnnxGraph } from "./onnx-graph.ts";

/** Where a value lies in the ONNX graph under construction. */
export interface Lowered {
  readonly name: string;
  /** How its axes are ordered in memory; plain row-major when left out. */
  readonly layout?: Layout;
  /** Its stored logical shape where axes of size 1 stand for a repetition that was never carried out. */
  readonly stored?: readonly number[];
}

/** Turns a subgraph of TensorFlow.js kernels into ONNX nodes, keeping track of names and layouts. */
export class Lowering {
  readonly graph: OnnxGraph;
  readonly #lowered = new Map<LazyValue, Lowered>();
  readonly #leaves = new Map<LazyValue, { name: string; layout: Layout; decided: boolean }>();
  readonly #transposed = new Map<string, string>();

  constructor(graph: OnnxGraph, subgraph: Subgraph) {
    const { nodes, leaves } = subgraph;
    this.graph = graph;
    leaves.forEach((leaf, i) => {
      this.#leaves.set(leaf, { name: `x${i}`, layout: undefined, decided: leaf.shape.length < 2 });
    });
    for (const [leaf, layout] of chooseLeafLayouts(subgraph)) this.#decide(leaf, layout);
    for (const node of nodes) {
      graph.origin = node.kernel.name;
      const result = node.kernel.lower(this, node.inputs, node.attrs, node.outputs);
      const results = Array.isArray(result) ? result : [result];
      for (const [i, value] of node.outputs.entries()) this.#lowered.set(value, results[i]);
    }
    graph.origin = undefined;
  }

  /** Name and layout of every leaf, once all nodes are lowered. */
  get inputs(): { name: string; layout: Layout }[] {
    return [...this.#leaves.values()];
  }

  /** How `value` lies in memory; `undefined` (plain) also for a leaf that nobody has asked for yet. */
  layoutOf(value: LazyValue): Layout {
    return (this.#lowered.get(value) ?? this.#leaves.get(value)!).layout;
  }

  /** Whether `value` would take any layout for free: a leaf that nobody has asked for yet. */
  isFree(value: LazyValue): boolean {
    const leaf = this.#leaves.get(value);
    return leaf !== undefined && !leaf.decided;
  }

  /** Name of `value`, whole, in the layout asked for; transposes it only where it must. */
  get(value: LazyValue, layout: Layout = undefined): string {
    const stored = this.#lowered.get(value)?.stored;
    const name = this.#compact(value, layout);
    if (!stored) return name;
    return this.graph.node("Expand", [name, this.graph.ints(physicalShape(value.shape, layout))]);
  }

  /**
   * Name of `value` in a form that broadcasts against a result of `rank` axes lying in `layout`, the way
   * TensorFlow.js broadcasts: axes are aligned at the last one.
   */
  operand(value: LazyValue, rank: number, layout: Layout): string {
    const missing = rank - value.shape.length;
    if (missing === 0) return this.#compact(value, layout);
    const plain = this.get(value);
    if (!layout || value.shape.length === 0) return plain;
    const padded = [...new Array<number>(missing).fill(1), ...value.shape];
    const axes = padded.filter((size) => size > 1).length;
    if (axes <= 1) return this.reshape(plain, physicalShape(padded, layout));
    return this.transpose(this.reshape(plain, padded), transposition(undefined, layout, rank));
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.graph.node("Reshape", [name, this.graph.ints(shape)]);
  }

  transpose(name: string, perm: readonly number[]): string {
    const key = `${name} ${perm}`;
    let result = this.#transposed.get(key);
    if (result === undefined) {
      result = toLayout(perm) ? this.graph.node("Transpose", [name], { perm }) : name;
      this.#transposed.set(key, result);
    }
    return result;
  }

  /** `value` without carrying out repetitions. */
  #compact(value: LazyValue, layout: Layout): string {
    const leaf = this.#leaves.get(value);
    if (leaf) this.#decide(value, layout);
    const { name, layout: from } = this.#lowered.get(value) ?? leaf!;
    return sameLayout(from, layout)
      ? name
      : this.transpose(name, transposition(from, layout, value.shape.length));
  }

  /** A leaf can be handed over in any layout: the first one wanted. */
  #decide(value: LazyValue, layout: Layout): void {
    const leaf = this.#leaves.get(value);
    if (leaf && !leaf.decided) Object.assign(leaf, { layout, decided: true });
  }

  /** The stored shape of `value`, with 1 where a repetition was never carried out. */
  storedShape(value: LazyValue): readonly number[] {
    return this.#lowered.get(value)?.stored ?? value.shape;
  }
}
