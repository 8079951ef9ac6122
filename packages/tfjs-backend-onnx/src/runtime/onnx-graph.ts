import protobuf from "protobufjs/minimal.js";

/** Element types of ONNX tensors that amface uses, by their name in ONNX Runtime's JavaScript API. */
export type OnnxDtype = "float32" | "float16" | "uint8" | "int32" | "int64" | "bool" | "bfloat16";

/** A dimension: a fixed size, or a name for one that is free until the model runs. */
export type OnnxDim = number | string;

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export type OnnxData = Float32Array | Uint8Array | Int32Array | BigInt64Array;

/** The codes of `TensorProto.DataType` in the ONNX specification, which `Cast` takes too. */
export const DTYPE_CODE: Readonly<Record<OnnxDtype, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

const OPSET = 17;
const IR_VERSION = 8;
const MICROSOFT_DOMAIN = "com.microsoft";

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly name: string;
}

export interface OnnxConstant {
  readonly name: string;
  readonly data: OnnxData;
  readonly dtype: OnnxDtype;
  readonly shape: readonly number[];
}

interface ValueInfo {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly shape: readonly OnnxDim[];
}

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
  readonly #nodes: OnnxNode[] = [];
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

  /** Declares an input and returns its name. */
  input(name: string, dtype: OnnxDtype, shape: readonly OnnxDim[]): string {
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
   * @throws {RangeError} When the constants take 2 GiB or more, which protocol buffers cannot hold.
   */
  encode(): Uint8Array {
    const bytes = this.#constants.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (bytes >= 2 ** 31) {
      const gigabytes = (bytes / 2 ** 30).toFixed(1);
      throw new RangeError(
        `Cannot write an ONNX model: expected less than 2 GiB of constants, got ${gigabytes} GiB`,
      );
    }
    const w = protobuf.Writer.create();
    w.uint32(tag(1, VARINT)).int64(IR_VERSION);
    w.uint32(tag(2, BYTES)).string("amface");
    message(w, 7, (g) => {
      for (const node of this.#nodes) message(g, 1, (n) => writeNode(n, node));
      g.uint32(tag(2, BYTES)).string("amface");
      for (const c of this.#constants) message(g, 5, (t) => writeTensor(t, c.name, c.data, c.dtype, c.shape));
      for (const value of this.#inputs) message(g, 11, (v) => writeValueInfo(v, value));
      for (const value of this.#outputs) message(g, 12, (v) => writeValueInfo(v, value));
    });
    const domains: [string, number][] = [["", OPSET]];
    if (this.#nodes.some(({ opType }) => opType.startsWith(MICROSOFT_DOMAIN)))
      domains.push([MICROSOFT_DOMAIN, 1]);
    for (const [domain, version] of domains) {
      message(w, 8, (o) => o.uint32(tag(1, BYTES)).string(domain).uint32(tag(2, VARINT)).int64(version));
    }
    return w.finish();
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

type Writer = protobuf.Writer;

// Protocol buffers' wire types.
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const tag = (field: number, wireType: number) => (field << 3) | wireType;

function message(w: Writer, field: number, body: (w: Writer) => void): void {
  w.uint32(tag(field, BYTES)).fork();
  body(w);
  w.ldelim();
}

function writeNode(w: Writer, node: OnnxNode): void {
  const dot = node.opType.lastIndexOf(".");
  for (const input of node.inputs) w.uint32(tag(1, BYTES)).string(input);
  for (const output of node.outputs) w.uint32(tag(2, BYTES)).string(output);
  w.uint32(tag(3, BYTES)).string(node.name);
  w.uint32(tag(4, BYTES)).string(node.opType.slice(dot + 1));
  for (const [name, value] of Object.entries(node.attributes)) {
    message(w, 5, (a) => writeAttribute(a.uint32(tag(1, BYTES)).string(name), value));
  }
  if (dot > 0) w.uint32(tag(7, BYTES)).string(node.opType.slice(0, dot));
}

/** Numbers are ints, `{ float }` is a float, arrays are ints: what the operators in use take. */
function writeAttribute(w: Writer, value: OnnxAttribute): void {
  let type: number;
  if (typeof value === "number") {
    type = 2;
    w.uint32(tag(3, VARINT)).int64(value);
  } else if (typeof value === "string") {
    type = 3;
    w.uint32(tag(4, BYTES)).string(value);
  } else if ("float" in value) {
    type = 1;
    w.uint32(tag(2, FIXED32)).float(value.float);
  } else {
    type = 7;
    for (const item of value) w.uint32(tag(8, VARINT)).int64(item);
  }
  w.uint32(tag(20, VARINT)).int32(type);
}

function writeTensor(
  w: Writer,
  name: string,
  data: OnnxData,
  dtype: OnnxDtype,
  shape: readonly number[],
): void {
  for (const dim of shape) w.uint32(tag(1, VARINT)).int64(dim);
  w.uint32(tag(2, VARINT)).int32(DTYPE_CODE[dtype]);
  w.uint32(tag(8, BYTES)).string(name);
  w.uint32(tag(9, BYTES)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(w: Writer, { name, dtype, shape }: ValueInfo): void {
  w.uint32(tag(1, BYTES)).string(name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.uint32(tag(1, VARINT)).int32(DTYPE_CODE[dtype]);
      message(tensor, 2, (s) => {
        for (const dim of shape) {
          message(s, 1, (d) => {
            if (typeof dim === "number") d.uint32(tag(1, VARINT)).int64(dim);
            else d.uint32(tag(2, BYTES)).string(dim);
          });
        }
      });
    }),
  );
}

function dtypeOf(data: OnnxData): OnnxDtype {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  return "uint8";
}
