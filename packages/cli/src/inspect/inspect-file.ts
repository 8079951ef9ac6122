import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordIoSource } from "@amface/data";
import type { OpenBytes } from "@amface/files";
import { isTorchFile, listSafetensors, listStateDict, readNpyHeader, type TensorHeader } from "@amface/numpy";
import { inspectArrow } from "./inspect-arrow.ts";
import { inspectJson } from "./inspect-json.ts";
import { inspectOnnx } from "./inspect-onnx.ts";
import { checkpointIndex, inspectCheckpoint, inspectGraph } from "./inspect-tensorflow.ts";
import { inspectArchive, openArchive } from "./inspect-zip.ts";
import type { Inspected, InspectedTensor } from "./inspected.ts";

const named = (tensors: ReadonlyMap<string, TensorHeader>): InspectedTensor[] =>
  Array.from(tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape }));

/**
 * Says what a file is and what it holds, of which no values are read: safetensors, PyTorch's, NumPy's, ONNX, TensorFlow's and
 * TensorFlow.js's, Keras', MXNet's records, Parquet or Arrow.
 *
 * @throws {Error} Where it is damaged, or none of these.
 */
export async function inspectFile(bytes: OpenBytes, path: string): Promise<Inspected> {
  const start = bytes.read(0, Math.min(32, bytes.size));
  const begins = (text: string) => Buffer.from(start).toString("latin1", 0, text.length) === text;
  const index = await checkpointIndex(path);
  if (index !== undefined) return inspectCheckpoint(index);
  if (begins("\x93NUMPY")) return inspectNpy(bytes);
  if (begins("PAR1")) return await inspectParquet(bytes);
  if (begins("ARROW1") || begins("\xff\xff\xff\xff")) return inspectArrow(bytes, path);
  if (begins("\x0a\x23\xd7\xce")) return await inspectRecords(path);
  if (begins("\x89HDF\r\n")) return HDF5;
  if (isTorchFile(start)) return begins("PK") ? inspectZip(bytes, path) : inspectTorch(bytes, path);
  if (/\.onnx$/i.test(path) || isOnnx(start)) return inspectOnnx(bytes, path);
  if (/\.pb$/i.test(path)) return inspectGraph(bytes, path);
  if (isJson(start, bytes.size)) return inspectJson(bytes, path);
  const { tensors, metadata } = listSafetensors(bytes, path);
  return { format: "safetensors", tensors: named(tensors), metadata, isNet: true };
}

const HDF5: Inspected = {
  format: "HDF5, such as a Keras model (.h5), which is not looked into",
  tensors: [],
  metadata: {},
  isNet: false,
};

/** Version of the format, 3 to 31, then the producer, the graph or the opset. */
const isOnnx = ([a, version, next]: Uint8Array) =>
  a === 0x08 && version >= 3 && version < 32 && [0x12, 0x3a, 0x42].includes(next);

/** Text that begins with a brace; safetensors have the length of their header first, which may look like one. */
function isJson(start: Uint8Array, size: number): boolean {
  const text = new TextDecoder().decode(start).trimStart();
  const length = start.length < 8 ? 0n : new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  return text.startsWith("{") && (length > BigInt(size) || start.length < 8);
}

function inspectTorch(bytes: OpenBytes, path: string): Inspected {
  const { form, tensors } = listStateDict(bytes, path);
  const format = `PyTorch's torch.save, ${form === "zip" ? "a zip archive (since 1.6)" : "in the form before 1.6"}`;
  return { format, tensors: named(tensors), metadata: {}, isNet: true };
}

/** Longest header of an array that is read. */
const NPY_HEADER = 4096;

function inspectNpy(bytes: OpenBytes): Inspected {
  const { descr, shape } = readNpyHeader(bytes.read(0, Math.min(NPY_HEADER, bytes.size)));
  return {
    format: "NumPy's .npy",
    tensors: [{ name: "array", dtype: descr, shape }],
    metadata: {},
    isNet: false,
  };
}

function inspectZip(bytes: OpenBytes, path: string): Inspected {
  const archive = openArchive(bytes, path);
  return archive.kind === "pytorch"
    ? { ...inspectTorch(bytes, path), texts: archive.texts }
    : inspectArchive(archive);
}

async function inspectRecords(path: string): Promise<Inspected> {
  const { photos, identities } = await recordIoSource(path);
  const property = join(dirname(path), "property");
  const metadata = {
    photos: String(photos),
    identities: String(identities.length),
    ...(existsSync(property) && { property: (await readFile(property, "utf8")).trim().slice(0, 100) }),
  };
  return { format: "MXNet's RecordIO of photos", tensors: [], metadata, isNet: false };
}

async function inspectParquet(bytes: OpenBytes): Promise<Inspected> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  const slice = (start: number, end = bytes.size) => bytes.read(start, end).buffer as ArrayBuffer;
  const metadata = await parquetMetadataAsync({ byteLength: bytes.size, slice });
  const rows = Number(metadata.num_rows);
  const tensors = parquetSchema(metadata).children.map(({ element }) => ({
    name: element.name,
    dtype: String(element.type ?? element.converted_type ?? "group"),
    shape: [rows],
  }));
  return { format: "Parquet", tensors, metadata: {}, isNet: false };
}
