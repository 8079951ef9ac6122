import { rm } from "node:fs/promises";
import { extname } from "node:path";
import type { EmbeddingTable } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { encodeArrowEmbeddings } from "./arrow.ts";
import { encodeNpy } from "./npy.ts";
import { encodeNpzEmbeddings } from "./npz.ts";
import { encodeParquetEmbeddings } from "./parquet.ts";
import { pathsFileOf } from "./read-embeddings.ts";

interface NamedEmbeddings {
  readonly names: readonly string[];
  readonly data: Float32Array;
  readonly size: number;
}

/**
 * Writes embeddings and what each row is called: as a `.npz`, `.parquet` or `.arrow` file (`.feather`), or as a NumPy file
 * and beside it, `a.json` of `a.npy`, the names as a JSON array.
 *
 * @returns The file of the names.
 * @throws {WriteError} When one of the files cannot be written.
 */
export async function writeEmbeddings(file: string, { names, data, size }: NamedEmbeddings): Promise<string> {
  const table: EmbeddingTable = { paths: names, data, size };
  const ending = extname(file).toLowerCase();
  if (ending === ".npz") await writeFileAtomic(file, encodeNpzEmbeddings(table));
  else if (ending === ".parquet") await writeFileAtomic(file, await encodeParquetEmbeddings(table));
  else if (ending === ".arrow" || ending === ".feather")
    await writeFileAtomic(file, encodeArrowEmbeddings(table));
  else return await writeNpy(file, table);
  return file;
}

async function writeNpy(file: string, { paths, data, size }: EmbeddingTable): Promise<string> {
  const namesFile = pathsFileOf(file);
  // A run that is killed between the two must not leave earlier embeddings under the new names.
  await rm(file, { force: true });
  await writeFileAtomic(namesFile, `${JSON.stringify(paths)}\n`);
  await writeFileAtomic(file, encodeNpy(data, [paths.length, size]));
  return namesFile;
}
