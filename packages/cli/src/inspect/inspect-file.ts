import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordIoSource } from "@amface/data";
import type { OpenBytes } from "@amface/files";
import {
  isTorchFile,
  listSafetensors,
  listStateDict,
  readNpyHeader,
  readZipDirectory,
  type TensorHeader,
} from "@amface/numpy";

/** A tensor, array or column of a file. */
export interface InspectedTensor extends TensorHeader {
  readonly name: string;
}

/** What a file is, by its first and last bytes. */
export interface Inspected {
  readonly format: string;
  readonly tensors: readonly InspectedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its tensors may be a net's weights. */
  readonly isNet: boolean;
}

const named = (tensors: ReadonlyMap<string, TensorHeader>): InspectedTensor[] =>
  Array.from(tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape }));

/**
 * Says what a file is and what it holds, of which no values are read: safetensors, PyTorch's, NumPy's, MXNet's records or
 * Parquet.
 *
 * @throws {Error} Where it is damaged, or none of these.
 */
export async function inspectFile(bytes: OpenBytes, path: string): Promise<Inspected> {
  const start = bytes.read(0, Math.min(32, bytes.size));
  const begins = (text: string) => Buffer.from(start).toString("latin1", 0, text.length) === text;
  if (begins("\x93NUMPY")) return inspectNpy(bytes);
  if (begins("PAR1")) return await inspectParquet(bytes);
  if (begins("\x0a\x23\xd7\xce")) return await inspectRecords(path);
  if (isTorchFile(start)) return begins("PK") ? inspectZip(bytes, path) : inspectTorch(bytes, path);
  const { tensors, metadata } = listSafetensors(bytes, path);
  return { format: "safetensors", tensors: named(tensors), metadata, isNet: true };
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

/** PyTorch's files and NumPy's archives are both zip archives. */
function inspectZip(bytes: OpenBytes, path: string): Inspected {
  const entries = [...readZipDirectory(bytes).values()];
  if (!entries.every(({ name }) => name.endsWith(".npy"))) return inspectTorch(bytes, path);
  const tensors = entries.map(({ name, size, method }) => ({
    name,
    dtype: method === 0 ? "stored" : "deflated",
    shape: [size],
  }));
  return { format: "NumPy's .npz (bytes of each array)", tensors, metadata: {}, isNet: false };
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
