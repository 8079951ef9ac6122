import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from "@amface/numpy";

const TENSORS = [
  { name: "b", shape: [2, 2], data: Float32Array.of(1, 2, 3, -4.5) },
  { name: "a", shape: [], data: Float32Array.of(7) },
  { name: "empty", shape: [0, 3], data: new Float32Array(0) },
];

function file(header: string, values: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + values.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(values, 8 + json.length);
  return bytes;
}

const encoded = () => Buffer.concat(encodeSafetensors(TENSORS, { net: "x" }));

test("decodeSafetensors() reads back what encodeSafetensors() wrote", () => {
  const { tensors, metadata } = decodeSafetensors(encoded(), "file");
  assert.deepEqual([...tensors.values()], TENSORS);
  assert.deepEqual(metadata, { net: "x" });
});

test("encodeSafetensors() writes the published layout", () => {
  const bytes = encoded();
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal(length % 8, 0);
  assert.deepEqual(JSON.parse(bytes.subarray(8, 8 + length).toString()).a, {
    dtype: "F32",
    shape: [],
    data_offsets: [16, 20],
  });
  assert.equal(bytes.readFloatLE(8 + length + 16), 7);
});

test("encodeSafetensors() refuses a shape that does not fit, and a name that comes twice", () => {
  const data = new Float32Array(3);
  assert.throws(() => encodeSafetensors([{ name: "a", shape: [2], data }]), /expected 2 values, got 3/);
  const twice = { name: "a", shape: [3], data };
  assert.throws(() => encodeSafetensors([twice, twice]), /comes twice/);
});

test("encodeSafetensors() as F16 stores two bytes a value, rounded to the nearest", () => {
  const data = Float32Array.of(1 / 3, -65504, 2 ** -24, 2049, Number.POSITIVE_INFINITY);
  const bytes = Buffer.concat(encodeSafetensors([{ name: "a", shape: [5], data }], {}, { dtype: "F16" }));
  const length = Number(bytes.readBigUInt64LE(0));
  assert.deepEqual(JSON.parse(bytes.subarray(8, 8 + length).toString()).a, {
    dtype: "F16",
    shape: [5],
    data_offsets: [0, 10],
  });
  assert.equal(bytes.length, 8 + length + 10);
  const back = decodeSafetensors(bytes, "file").tensors.get("a");
  assert.deepEqual(
    [...(back?.data ?? [])],
    [0x555 / 2 ** 12, -65504, 2 ** -24, 2048, Number.POSITIVE_INFINITY],
  );
});

test("encodeSafetensors() as F16 refuses what would become infinite, and names the tensor", () => {
  const large = { name: "big", shape: [2], data: Float32Array.of(65519, -65520) };
  assert.throws(() => encodeSafetensors([large], {}, { dtype: "F16" }), {
    name: "RangeError",
    message: /^Cannot encode tensor big: expected values of at most 65504 for float16, got -65520$/,
  });
});

test("decodeSafetensors() refuses a file cut at any byte", () => {
  const bytes = encoded();
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSafetensors(bytes.subarray(0, length), "cut.safetensors"), SafetensorsError);
  }
});

test("decodeSafetensors() names the file and what is wrong with it", () => {
  const entry = (offsets: string, dtype = "F32") =>
    `{"a":{"dtype":"${dtype}","shape":[1],"data_offsets":${offsets}}}`;
  const values = new Uint8Array(4);
  const cases: [Uint8Array, RegExp][] = [
    [file("[]"), /^Cannot read f as safetensors: expected a JSON object as header/],
    [file("{"), /expected a JSON object/],
    [
      file(entry("[0,4]", "F8"), values),
      /expected dtype \(F32, F64, F16, BF16, I64, I32, I16, I8, U8, BOOL\), shape/,
    ],
    [file(entry("[0,4]", "toString"), values), /expected dtype/],
    [file(entry("[0,4]", "F16"), values), /expected a at bytes 0 to 2, got 0 to 4/],
    [file(entry("[0,8]"), values), /expected a at bytes 0 to 4, got 0 to 8/],
    [file(entry("[4,8]"), new Uint8Array(8)), /expected a at bytes 0 to 4, got 4 to 8/],
    [file(entry("[0,4]"), new Uint8Array(8)), /expected 4 bytes of values, got 8/],
    [file(entry("[-4,0]"), values), /expected dtype .*, shape and data_offsets/],
    [file('{"__metadata__":{"a":1}}'), /expected metadata to map names to strings/],
    [Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 0), /expected a header within the file's 9 bytes/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decodeSafetensors(bytes, "f"), { name: "SafetensorsError", message });
  }
});

test("decodeSafetensors() makes float32 of the types of PyTorch's state dicts", () => {
  const view = new DataView(new ArrayBuffer(8 + 8 + 4 + 10 + 6));
  view.setBigInt64(0, -123456n, true);
  view.setFloat64(8, Math.PI, true);
  view.setInt32(16, -7, true);
  // 1.5, the smallest above 0, the largest, minus infinity, minus 0 by the standard's bits.
  const halves = [0x3e00, 0x0001, 0x7bff, 0xfc00, 0x8000, ...[0x3fc0, 0xc2f7, 0x7f80]];
  for (const [i, bits] of halves.entries()) view.setUint16(20 + 2 * i, bits, true);
  const header = {
    i64: { dtype: "I64", shape: [], data_offsets: [0, 8] },
    f64: { dtype: "F64", shape: [1], data_offsets: [8, 16] },
    i32: { dtype: "I32", shape: [1], data_offsets: [16, 20] },
    f16: { dtype: "F16", shape: [5], data_offsets: [20, 30] },
    bf16: { dtype: "BF16", shape: [3], data_offsets: [30, 36] },
  };
  const { tensors } = decodeSafetensors(file(JSON.stringify(header), new Uint8Array(view.buffer)), "f");
  const values = (name: string) => [...(tensors.get(name)?.data ?? [])];
  assert.deepEqual(values("i64"), [-123456]);
  assert.deepEqual(values("f64"), [Math.fround(Math.PI)]);
  assert.deepEqual(values("i32"), [-7]);
  assert.deepEqual(values("f16"), [1.5, 2 ** -24, 65504, Number.NEGATIVE_INFINITY, -0]);
  assert.deepEqual(values("bf16"), [1.5, -123.5, Number.POSITIVE_INFINITY]);
});
