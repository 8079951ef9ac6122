import { readFile } from "node:fs/promises";
import { readNpy } from "@amface/align";
import type { EmbeddingTable } from "@amface/data";

/** The name of the file of paths that stands beside a file of embeddings: `a.npy` and `a.json`. */
export const pathsFileOf = (npy: string) => `${npy.replace(/\.npy$/, "")}.json`;

/**
 * Reads embeddings as `amface embed` writes them: a float32 array `[count, D]`, and beside it the photos' paths.
 *
 * @throws {Error} When a file is missing, has another form, or the two do not fit.
 */
export async function readEmbeddings(npy: string): Promise<EmbeddingTable> {
  const pathsFile = pathsFileOf(npy);
  const [bytes, text] = await Promise.all([read(npy), read(pathsFile)]);
  const paths = parsePaths(text, pathsFile);
  const array = readNpy(bytes);
  if (!("shape" in array) || array.shape.length !== 2 || !(array.data instanceof Float32Array)) {
    throw new Error(`Cannot use ${npy}: expected a float32 array [count, D], got something else`);
  }
  const [count, size] = array.shape;
  if (count !== paths.length) {
    throw new Error(
      `Cannot use ${npy}: expected an embedding for each of ${paths.length} paths, got ${count}`,
    );
  }
  return { paths, data: array.data, size };
}

function parsePaths(text: Uint8Array, file: string): string[] {
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
