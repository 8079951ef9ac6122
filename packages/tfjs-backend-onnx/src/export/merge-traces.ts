import { Lowering } from "../compile/lowering.ts";
import type { LazyValue } from "../lazy/lazy-value.ts";
import { type Layout, physicalShape, relayout, transposition } from "../runtime/layouts.ts";
import { OnnxGraph } from "../runtime/onnx-graph.ts";
import { DTYPE_CODE, type OnnxConstant, type OnnxDim, type OnnxNode } from "../runtime/onnx-model.ts";
import { BatchNumbers } from "./batch-numbers.ts";
import type { TensorSpec, Trace } from "./trace.ts";
import { differ } from "./traces-differ-error.ts";

export interface MergeOptions {
  /** Name of the dimension that is free. */
  readonly dimension: string;
  /** Names for constants that have one. */
  readonly names: ReadonlyMap<LazyValue, string>;
}

/**
 * Makes one ONNX model of a function's traces at several batch sizes. What is the same in all of them is a
 * constant; integers (shapes, bounds of slices) that follow `a · batch + b` are computed from the input's shape
 * when the model runs.
 *
 * @throws {TracesDifferError} When the traces differ in anything else.
 */
export function mergeTraces(
  traces: readonly Trace[],
  specs: readonly TensorSpec[],
  options: MergeOptions,
): OnnxGraph {
  return new Merge(traces, specs, options).graph;
}

interface Lowered {
  readonly trace: Trace;
  readonly lowering: Lowering;
  readonly outputs: readonly string[];
}

/**
 * The attribute `portable` asks kernels for standard operators; `half` is for training. Convolutions stay
 * convolutions: with constant filters ONNX Runtime does them in half the time of Winograd's form, which pays where
 * filters change (ResFace20, 2 cores: 29 and 169 ms an image, 351 and 702 ms for 16).
 */
function lower(trace: Trace): Lowered {
  const { nodes, leaves, outputs } = trace.subgraph;
  const portable = nodes.map((node) => ({ ...node, attrs: { ...node.attrs, portable: true, half: false } }));
  const lowering = new Lowering(new OnnxGraph({ share: false }), { nodes: portable, leaves, outputs });
  return { trace, lowering, outputs: [...trace.outputs.values()].map((value) => lowering.get(value)) };
}

class Merge {
  readonly graph: OnnxGraph;
  readonly #lowered: readonly Lowered[];
  readonly #specs: readonly TensorSpec[];
  readonly #options: MergeOptions;
  /** Names in the merged graph by those in the lowered ones. */
  readonly #names = new Map<string, string>();
  readonly #constants: ReadonlyMap<string, readonly OnnxConstant[]>;
  readonly #numbers: BatchNumbers;

  constructor(traces: readonly Trace[], specs: readonly TensorSpec[], options: MergeOptions) {
    this.#lowered = traces.map(lower);
    this.#specs = specs;
    this.#options = options;
    const [{ outputs }] = traces;
    this.graph = new OnnxGraph({ taken: [...specs.map(({ name }) => name), ...outputs.keys()] });
    const batches = traces.map(({ batch }) => batch);
    this.#numbers = new BatchNumbers(this.graph, specs, batches);
    this.#constants = this.#alignConstants();
    for (const { name, shape, dtype = "float32" } of specs) {
      this.graph.input(
        name,
        dtype,
        shape.map((size) => size ?? options.dimension),
      );
    }
    this.#mergeLeaves();
    this.#mergeNodes();
    this.#mergeOutputs();
  }

  #alignConstants() {
    const all = this.#lowered.map(({ lowering }) => lowering.graph.allConstants);
    if (all.some(({ length }) => length !== all[0].length)) differ("other operations");
    return new Map(all[0].map(({ name }, i) => [name, all.map((constants) => constants[i])]));
  }

  #mergeLeaves(): void {
    const [{ trace, lowering }] = this.#lowered;
    const leaves = this.#lowered.map((each) => each.trace.subgraph.leaves);
    if (leaves.some(({ length }) => length !== leaves[0].length)) differ("other tensors");
    for (const [i, { name, layout }] of lowering.inputs.entries()) {
      const input = trace.inputs.indexOf(leaves[0][i]);
      const values = leaves.map((each) => each[i]);
      this.#names.set(
        name,
        input >= 0 ? this.#input(this.#specs[input], layout) : this.#leaf(values, layout),
      );
    }
  }

  #input({ name, shape, dtype }: TensorSpec, layout: Layout): string {
    const given = dtype === "uint8" ? this.graph.node("Cast", [name], { to: DTYPE_CODE.int32 }) : name;
    if (!layout) return given;
    return this.graph.node("Transpose", [given], { perm: transposition(undefined, layout, shape.length) });
  }

  /** A tensor that is not an input: captured from outside, or made inside the function. */
  #leaf(values: readonly LazyValue[], layout: Layout): string {
    const [first, ...others] = values;
    const { shape, dtype } = first;
    if (values.some((value) => value.isUnknown || value.dtype !== dtype)) differ("other tensors");
    const contents = others.every((value) => value === first)
      ? [first.values]
      : values.map((value) => value.values);
    const sameShape = others.every((value) => `${value.shape}` === `${shape}`);
    if (sameShape && contents.every((data) => data === contents[0] || equal(data, contents[0]))) {
      const data = relayout(contents[0], shape, undefined, layout);
      return this.graph.constant(data, physicalShape(shape, layout), dtype, this.#options.names.get(first));
    }
    const [batch, twin] = this.#lowered.map((each) => each.trace.batch);
    if (batch === twin && !equal(contents[0], contents[1])) {
      differ(
        "other contents of a tensor each time; random numbers cannot be exported: pass them as an input",
      );
    }
    // The same value everywhere, in a shape that follows the batch: zeros and ones.
    if (contents.every((data) => data.every((value) => Object.is(value, contents[0][0])))) {
      const sizes = this.#numbers.integers(
        values.map((value) => physicalShape(value.shape, layout)),
        "a tensor",
      );
      return this.graph.node("Expand", [this.graph.constant(contents[0].slice(0, 1), [], dtype), sizes]);
    }
    if (sameShape && dtype === "float32" && contents[0].length === 1) {
      const scalar = this.#numbers.scalar(contents.map(([value]) => value));
      if (scalar)
        return shape.length === 0 ? scalar : this.graph.node("Reshape", [scalar, this.graph.ints(shape)]);
    }
    return differ(`a tensor of shape ${shape} made by it that is another at batch size ${this.#last.batch}`);
  }

  get #last(): Trace {
    return this.#lowered[this.#lowered.length - 1].trace;
  }

  #mergeNodes(): void {
    const graphs = this.#lowered.map(({ lowering }) => lowering.graph.allNodes);
    if (graphs.some(({ length }) => length !== graphs[0].length)) differ("other operations");
    for (const [i, node] of graphs[0].entries()) {
      const [kernel] = node.name.split("#");
      this.graph.origin = kernel;
      for (const nodes of graphs) checkSame(node, nodes[i], kernel);
      const inputs = node.inputs.map((name, position) => this.#operand(node, name, position, kernel));
      const outputs = this.graph.nodes(node.opType, inputs, node.outputs.length, node.attributes);
      for (const [j, name] of node.outputs.entries()) this.#names.set(name, outputs[j]);
    }
    this.graph.origin = undefined;
  }

  #operand({ opType }: OnnxNode, name: string, position: number, kernel: string): string {
    const constants = this.#constants.get(name);
    if (!constants) return this.#names.get(name) ?? name;
    const [{ data, shape, dtype }] = constants;
    if (constants.every((other) => `${other.shape}` === `${shape}` && equal(other.data, data))) {
      if (dtype === "int64" && shape.length === 1) return this.graph.ints([...data].map(Number));
      const copied = this.#names.get(name) ?? this.graph.constant(data, shape, dtype);
      this.#names.set(name, copied);
      return copied;
    }
    if (dtype !== "int64" || shape.length !== 1) differ(`${kernel} with other numbers`);
    const sizes = constants.map((constant) => [...(constant.data as BigInt64Array)].map(Number));
    return this.#numbers.integers(sizes, kernel, opType === "Reshape" && position === 1);
  }

  #mergeOutputs(): void {
    const outputs = this.#lowered.map(({ trace }) => [...trace.outputs]);
    for (const [i, [name, { dtype }]] of outputs[0].entries()) {
      const shapes = outputs.map((each) => each[i][1].shape);
      if (outputs.some((each) => each[i]?.[0] !== name || each[i][1].dtype !== dtype))
        differ("other outputs");
      if (shapes.some(({ length }) => length !== shapes[0].length)) differ(`output ${name} of another rank`);
      const dims = shapes[0].map((_, axis): OnnxDim => {
        const sizes = shapes.map((shape) => shape[axis]);
        return this.#numbers.dimension(sizes, `output ${name}`, this.#options.dimension);
      });
      const lowered = this.#lowered[0].outputs[i];
      this.graph.output(name, this.#names.get(lowered) ?? lowered, dtype, dims);
    }
  }
}

function checkSame(node: OnnxNode, other: OnnxNode, kernel: string): void {
  const same =
    node.opType === other.opType &&
    `${node.inputs}` === `${other.inputs}` &&
    `${node.outputs}` === `${other.outputs}`;
  if (!same) differ(`${kernel} done in another way`);
  if (JSON.stringify(node.attributes) !== JSON.stringify(other.attributes)) {
    differ(`${kernel} with other attributes`);
  }
}

type Numbers = ArrayLike<number> | ArrayLike<bigint>;

function equal(a: Numbers, b: Numbers): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
