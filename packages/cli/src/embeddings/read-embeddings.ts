import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { EmbeddingTable } from "@amface/data";
import { readNpy } from "@amface/numpy";
import { readArrowEmbeddings } from "./arrow.ts";
import { readNpzEmbeddings } from "./npz.ts";
import { readParquetEmbeddings } from "./parquet.ts";

/** The name of the file of paths that stands beside a file of embeddings: `a.npy` and `a.json`. */
export const pathsFileOf = (npy: string) => `${npy.replace(/\.np[yz]$/, "")}.json`;

/**
 * Reads embeddings: of `a.npy` an array `[count, D]` of floats, and beside it, in `a.json`, the photos' paths; of a `.npz`,
 * `.parquet` or `.arrow` file (`.feather`) both, or of a `.npz` without them the paths in `a.json` too.
 *
 * @throws {Error} When a file is missing, has another form, or the two do not fit.
 */
export async function readEmbeddings(file: string): Promise<EmbeddingTable> {
  const ending = extname(file).toLowerCase();
  if (ending === ".parquet") return await readParquetEmbeddings(file);
  if (ending === ".arrow" || ending === ".feather") return await readArrowEmbeddings(file);
  const { array, names } = ending === ".npz" ? readNpzEmbeddings(file) : await readNpyFile(file);
  const paths = names ?? (await readPaths(pathsFileOf(file)));
  if (!("shape" in array) || array.shape.length !== 2 || !/^Float/.test(array.data.constructor.name)) {
    throw new Error(
      `Cannot use ${file}: expected an array [count, D] of float32, float64 or float16, got something else`,
    );
  }
  const [count, size] = array.shape;
  if (count !== paths.length) {
    const where = names ? file : pathsFileOf(file);
    throw new Error(`Cannot use ${where}: expected ${count} paths, one an embedding, got ${paths.length}`);
  }
  const { data } = array;
  return { paths, data: data instanceof Float32Array ? data : Float32Array.from(data as Float64Array), size };
}

async function readNpyFile(file: string) {
  return { array: readNpy(await read(file)), names: undefined };
}

async function readPaths(file: string): Promise<readonly string[]> {
  const text = await read(file);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(text));
  } catch (cause) {
    throw new Error(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  if (Array.isArray(value) && value.every((path) => typeof path === "string")) return value;
  throw new Error(`Cannot read ${file}: expected a JSON array of paths, got something else`);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
