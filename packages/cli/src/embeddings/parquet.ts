import type { EmbeddingTable } from "@amface/data";
import { openBytes } from "@amface/files";
import {
  EMBEDDING_COLUMNS,
  findColumn,
  NAME_COLUMNS,
  reasonOf,
  rowsOf,
  tableOfRows,
} from "./embedding-columns.ts";

/**
 * Reads embeddings of a Parquet file, not compressed or by Snappy: texts, and beside each a list of numbers.
 *
 * @throws {Error} When the file is missing, damaged, compressed otherwise, or lacks a column.
 */
export async function readParquetEmbeddings(file: string): Promise<EmbeddingTable> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const bytes = openBytes(file);
  try {
    const source = {
      byteLength: bytes.size,
      slice: (start: number, end = bytes.size) => {
        if (!(start >= 0 && start <= end && end <= bytes.size)) {
          throw new RangeError(`expected bytes within ${bytes.size}, got ${start} to ${end}`);
        }
        return bytes.read(start, end).buffer as ArrayBuffer;
      },
    };
    const metadata = await parquetMetadataAsync(source);
    const there = parquetSchema(metadata).children.map(({ element }) => element.name);
    const [name, embedding] = [NAME_COLUMNS, EMBEDDING_COLUMNS].map((names) =>
      findColumn(file, there, names),
    );
    const rows = await parquetReadObjects({ file: source, metadata, columns: [name, embedding] });
    return tableOfRows(
      file,
      rows.map((row) => row[name]),
      rows.map((row) => row[embedding]),
    );
  } catch (cause) {
    const message = reasonOf(cause);
    throw message.startsWith("Cannot use")
      ? cause
      : new Error(`Cannot read ${file} as Parquet: ${message}`, { cause });
  } finally {
    bytes.close();
  }
}

/** Texts, and lists of float32 as the columns `path` and `embedding`, by Snappy. */
export async function encodeParquetEmbeddings({ paths, data, size }: EmbeddingTable): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "path", data: [...paths] },
      { name: "embedding", data: rowsOf({ data, size }).map((row) => Array.from(row)), encoding: "PLAIN" },
    ],
    schema: [
      { name: "root", num_children: 2 },
      { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      { name: "embedding", converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ],
  });
  return new Uint8Array(buffer);
}
