import {
  encodeModel,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxData,
  type OnnxDim,
  type OnnxDtype,
  type OnnxNode,
  type ValueInfo,
} from "./onnx-model.ts";

/**
 * An ONNX graph (opset 17) under construction. Values are known by their names; nodes are added in the
 * order in which they run.
 *
 * ```ts
 * const graph = new OnnxGraph();
 * const x = graph.input("x", "float32", ["B", 3]);
 * graph.output("y", graph.node("Relu", [x]), "float32", ["B", 3]);
 * const model = graph.encode(); // bytes of an .onnx file
 * ```
 */
export class OnnxGraph {
  #nodes: OnnxNode[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #constants: OnnxConstant[] = [];
  readonly #shared: Map<string, string> | undefined;
  readonly #taken: Set<string>;
  #next = 0;

  /** What the nodes added from here on are made from; ONNX Runtime repeats it in its error messages. */
  origin: string | undefined;

  /**
   * @param options.taken Names that the graph must not make up by itself: those of inputs and outputs to come.
   * @param options.share Whether equal small constants become one, which is the default.
   */
  constructor(options: { taken?: Iterable<string>; share?: boolean } = {}) {
    const { taken = [], share = true } = options;
    this.#taken = new Set(taken);
    this.#shared = share ? new Map() : undefined;
  }

  /** Declares an input, whose shape need not be told, and returns its name. */
  input(name: string, dtype: OnnxDtype, shape?: readonly OnnxDim[]): string {
    this.#inputs.push({ name, dtype, shape });
    return name;
  }

  /**
   * Adds a constant and returns its name: `hint`, if that is free. `data` is row-major and is not copied
   * before `encode()`.
   */
  constant(
    data: OnnxData,
    shape: readonly number[],
    dtype: OnnxDtype = dtypeOf(data),
    hint?: string,
  ): string {
    const free = hint !== undefined && !this.#taken.has(hint);
    const name = free ? hint : this.#name("c");
    this.#taken.add(name);
    this.#constants.push({ name, data, dtype, shape });
    return name;
  }

  /** A one-dimensional int64 constant (shapes, axes, pads); equal ones are shared. */
  ints(values: readonly number[]): string {
    return this.#share(`i${values}`, () =>
      this.constant(BigInt64Array.from(values, BigInt), [values.length]),
    );
  }

  /** A scalar float32 constant; equal ones are shared. */
  float(value: number): string {
    return this.#share(`f${Object.is(value, -0) ? "-0" : value}`, () =>
      this.constant(Float32Array.of(value), []),
    );
  }

  /**
   * Adds a node with one output and returns that output's name. `FusedMatMul` and the other operators of
   * ONNX Runtime's own domain are named `com.microsoft.FusedMatMul`.
   */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.nodes(opType, inputs, 1, attributes)[0];
  }

  /** Adds a node with `outputs` outputs and returns their names. */
  nodes(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.#name("v"));
    const name = `${this.origin ?? opType}#${this.#nodes.length}`;
    this.#nodes.push({ opType, inputs, outputs: names, attributes, name });
    return names;
  }

  /** Makes `value` an output called `name`, which may be the value's own name. */
  output(name: string, value: string, dtype: OnnxDtype, shape: readonly OnnxDim[]): void {
    if (name !== value) {
      this.#nodes.push({ opType: "Identity", inputs: [value], outputs: [name], attributes: {}, name });
    }
    this.#outputs.push({ name, dtype, shape });
  }

  /** The nodes so far, in the order in which they run. */
  get allNodes(): readonly OnnxNode[] {
    return this.#nodes;
  }

  /** Has other nodes run, which make the same results. */
  replaceNodes(nodes: readonly OnnxNode[]): void {
    this.#nodes = [...nodes];
  }

  get allConstants(): readonly OnnxConstant[] {
    return this.#constants;
  }

  /** Number of nodes so far. */
  get size(): number {
    return this.#nodes.length;
  }

  /**
   * The bytes of the `.onnx` file.
   *
   * @param metadata What it says beside the graph, `metadata_props`.
   * @throws {RangeError} When the constants take 2 GiB or more, which protocol buffers cannot hold.
   */
  encode(metadata?: Readonly<Record<string, string>>): Uint8Array {
    const [nodes, constants, inputs, outputs] = [this.#nodes, this.#constants, this.#inputs, this.#outputs];
    return encodeModel({ nodes, constants, inputs, outputs, metadata });
  }

  #name(prefix: string): string {
    let name: string;
    do name = `${prefix}${this.#next++}`;
    while (this.#taken.has(name));
    return name;
  }

  #share(key: string, make: () => string): string {
    if (!this.#shared) return make();
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = make();
      this.#shared.set(key, name);
    }
    return name;
  }
}

function dtypeOf(data: OnnxData): OnnxDtype {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  return "uint8";
}
