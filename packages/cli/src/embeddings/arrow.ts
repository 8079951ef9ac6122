import { readFile } from "node:fs/promises";
import type { EmbeddingTable } from "@amface/data";
import {
  columnFromArray,
  field,
  fixedSizeList,
  float32,
  type Table,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { EMBEDDING_COLUMNS, findColumn, NAME_COLUMNS, rowsOf, tableOfRows } from "./embedding-columns.ts";

/**
 * Reads embeddings of an Arrow file or stream (Feather version 2): texts, and beside each a list of numbers.
 *
 * @throws {Error} When the file is missing, damaged, compressed, or lacks a column.
 */
export async function readArrowEmbeddings(file: string): Promise<EmbeddingTable> {
  let table: Table;
  try {
    table = tableFromIPC(await readFile(file));
  } catch (cause) {
    const { message } = cause as Error;
    const hint = /ompression/.test(message)
      ? "; write it without compression (pyarrow: compression='uncompressed')"
      : "";
    throw new Error(`Cannot read ${file} as Arrow: ${message}${hint}`, { cause });
  }
  const column = (names: readonly string[]) => table.getChild(findColumn(file, table.names, names)).toArray();
  return tableOfRows(file, column(NAME_COLUMNS), column(EMBEDDING_COLUMNS));
}

export function encodeArrowEmbeddings({ paths, data, size }: EmbeddingTable): Uint8Array {
  const list = fixedSizeList(field("item", float32()), size);
  const table = tableFromColumns({
    path: columnFromArray([...paths], utf8()),
    embedding: columnFromArray(rowsOf({ data, size }), list),
  });
  return tableToIPC(table, { format: "file" }) as Uint8Array;
}
