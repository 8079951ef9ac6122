import { readFile } from "node:fs/promises";
import type { EmbeddingTable } from "@amface/data";
import {
  columnFromArray,
  field,
  fixedSizeList,
  float32,
  tableFromColumns,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { type ArrowValues, readArrowColumns } from "./arrow-columns.ts";
import {
  EMBEDDING_COLUMNS,
  findColumn,
  NAME_COLUMNS,
  reasonOf,
  rowsOf,
  tableOfRows,
} from "./embedding-columns.ts";

/**
 * Reads embeddings of an Arrow file or stream (Feather version 2): texts, and beside each a list of numbers.
 *
 * @throws {Error} When the file is missing, damaged, compressed, or lacks a column.
 */
export async function readArrowEmbeddings(file: string): Promise<EmbeddingTable> {
  const [bytes, chosen] = [await read(file), [] as string[]];
  const choose = (names: readonly string[]) => {
    chosen.push(...[NAME_COLUMNS, EMBEDDING_COLUMNS].map((wanted) => findColumn(file, names, wanted)));
    return chosen;
  };
  try {
    const columns = readArrowColumns(bytes, choose);
    const [names, embeddings] = chosen.map((name) => columns.get(name) as ArrowValues);
    return tableOfRows(file, names, embeddings);
  } catch (cause) {
    const message = reasonOf(cause);
    if (message.startsWith("Cannot use")) throw cause;
    const hint = message.endsWith("compression")
      ? "; write it without (pyarrow: compression='uncompressed')"
      : "";
    throw new Error(`Cannot read ${file} as Arrow: ${message}${hint}`, { cause });
  }
}

async function read(file: string): Promise<Uint8Array> {
  return await readFile(file).catch((cause: Error) => {
    throw new Error(`Cannot read ${file}: ${cause.message}`, { cause });
  });
}

export function encodeArrowEmbeddings({ paths, data, size }: EmbeddingTable): Uint8Array {
  const list = fixedSizeList(field("item", float32()), size);
  const table = tableFromColumns({
    path: columnFromArray([...paths], utf8()),
    embedding: columnFromArray(rowsOf({ data, size }), list),
  });
  return tableToIPC(table, { format: "file" }) as Uint8Array;
}
