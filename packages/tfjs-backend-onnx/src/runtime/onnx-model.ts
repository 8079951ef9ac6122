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

export interface ValueInfo {
  readonly name: string;
  readonly dtype: OnnxDtype;
  /** `undefined` where not even the number of axes is told. */
  readonly shape: readonly OnnxDim[] | undefined;
}

/** All that an ONNX file holds. */
export interface OnnxModel {
  /** In an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What the file says beside it, `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the `.onnx` file.
 *
 * @throws {RangeError} When the constants take 2 GiB or more, which protocol buffers cannot hold.
 */
export function encodeModel({ nodes, constants, inputs, outputs, metadata = {} }: OnnxModel): Uint8Array {
  const bytes = constants.reduce((sum, { data }) => sum + data.byteLength, 0);
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
    for (const node of nodes) message(g, 1, (n) => writeNode(n, node));
    g.uint32(tag(2, BYTES)).string("amface");
    for (const c of constants) message(g, 5, (t) => writeTensor(t, c.name, c.data, c.dtype, c.shape));
    for (const value of inputs) message(g, 11, (v) => writeValueInfo(v, value));
    for (const value of outputs) message(g, 12, (v) => writeValueInfo(v, value));
  });
  const domains = new Map([["", OPSET]]);
  for (const { opType } of nodes) if (domainOf(opType) !== "") domains.set(domainOf(opType), 1);
  for (const [domain, version] of domains) {
    message(w, 8, (o) => o.uint32(tag(1, BYTES)).string(domain).uint32(tag(2, VARINT)).int64(version));
  }
  for (const [key, value] of Object.entries(metadata)) {
    message(w, 14, (m) => m.uint32(tag(1, BYTES)).string(key).uint32(tag(2, BYTES)).string(value));
  }
  return w.finish();
}

/** `com.microsoft` of `com.microsoft.FusedMatMul`; ONNX's own domain is the empty one. */
const domainOf = (opType: string) => opType.slice(0, Math.max(0, opType.lastIndexOf(".")));

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
  const domain = domainOf(node.opType);
  for (const input of node.inputs) w.uint32(tag(1, BYTES)).string(input);
  for (const output of node.outputs) w.uint32(tag(2, BYTES)).string(output);
  w.uint32(tag(3, BYTES)).string(node.name);
  w.uint32(tag(4, BYTES)).string(node.opType.slice(node.opType.lastIndexOf(".") + 1));
  for (const [name, value] of Object.entries(node.attributes)) {
    message(w, 5, (a) => writeAttribute(a.uint32(tag(1, BYTES)).string(name), value));
  }
  if (domain !== "") w.uint32(tag(7, BYTES)).string(domain);
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
      if (!shape) return;
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
