import { inflateRawSync } from "node:zlib";
import type { EmbeddingTable } from "@amface/data";
import { openBytes } from "@amface/files";
import { encodeZip, type NdArray, readNpz } from "@amface/numpy";
import { EMBEDDING_COLUMNS, findColumn, NAME_COLUMNS } from "./embedding-columns.ts";
import { encodeNpy, encodeNpyTexts } from "./npy.ts";

type Array2D = NdArray | readonly unknown[];

/**
 * Reads embeddings `[count, D]` of a `.npz` file and the texts beside them, as `numpy.savez(file, embeddings=…, paths=…)`
 * writes both; `names` is undefined where there are no texts.
 *
 * @throws {Error} When the file is missing, damaged, or has no array of embeddings.
 */
export function readNpzEmbeddings(file: string): { array: Array2D; names: readonly string[] | undefined } {
  const source = openBytes(file);
  try {
    const inflate = (packed: Uint8Array, size: number) =>
      inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
    const arrays = readNpz(source, inflate, [...EMBEDDING_COLUMNS, ...NAME_COLUMNS]);
    const there = [...arrays.keys()];
    const array = arrays.get(findColumn(file, there, EMBEDDING_COLUMNS)) as Array2D;
    const names = NAME_COLUMNS.map((name) => arrays.get(name)).find((found) => found !== undefined);
    if (names === undefined) return { array, names };
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) return { array, names };
    throw new Error("expected an array of texts as names, got something else");
  } catch (cause) {
    const { message } = cause as Error;
    const known = message.includes(file);
    throw known
      ? cause
      : new Error(`Cannot read ${file}: ${message.replace(/^Cannot read [^:]*: /, "")}`, { cause });
  } finally {
    source.close();
  }
}

/** @throws {RangeError} For more than 4 GB. */
export function encodeNpzEmbeddings({ paths, data, size }: EmbeddingTable): Uint8Array[] {
  return encodeZip([
    ["embeddings.npy", encodeNpy(data, [paths.length, size])],
    ["paths.npy", encodeNpyTexts(paths)],
  ]);
}
