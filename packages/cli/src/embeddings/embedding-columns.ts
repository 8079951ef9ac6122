import type { EmbeddingTable } from "@amface/data";

/** Columns that may hold what each row is called, and its embedding; the first is what is written. */
export const NAME_COLUMNS = ["path", "paths", "name", "names", "file", "filename", "image"];
export const EMBEDDING_COLUMNS = ["embedding", "embeddings", "feature", "features", "vector", "vectors"];

/** The first of the names that is there. */
export function findColumn(file: string, there: readonly string[], names: readonly string[]): string {
  const found = names.find((name) => there.includes(name));
  if (found !== undefined) return found;
  throw new Error(
    `Cannot use ${file}: expected a column ${names[0]} (or ${names.slice(1).join(", ")}), got ${there.join(", ") || "none"}`,
  );
}

/**
 * Embeddings of rows.
 *
 * @throws {Error} Where a name is no text, or a row has no embedding, or one of another size than the first.
 */
export function tableOfRows(
  file: string,
  names: ArrayLike<unknown>,
  rows: ArrayLike<unknown>,
): EmbeddingTable {
  const first = rows[0] as ArrayLike<unknown> | null | undefined;
  const size = first?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  const fail = (row: number, expected: string) => {
    throw new Error(`Cannot use ${file}: expected ${expected} in row ${row}, got something else`);
  };
  for (let row = 0; row < rows.length; row++) {
    if (typeof names[row] !== "string") fail(row, "a text as name");
    const values = rows[row] as ArrayLike<unknown> | null;
    if (values?.length !== size) fail(row, `${size} numbers`);
    for (let i = 0; i < size; i++) {
      const value = values![i];
      if (typeof value !== "number") fail(row, `${size} numbers`);
      data[row * size + i] = value as number;
    }
  }
  if (size === 0) throw new Error(`Cannot use ${file}: expected embeddings, got none`);
  return { paths: Array.from(names as ArrayLike<string>), data, size };
}

/** What a library says of a damaged file, without the code that some runtimes quote. */
export const reasonOf = (error: unknown) => (error as Error).message.split(/\n| \(In '/)[0];

/** The embeddings row by row, without a copy. */
export function rowsOf({ data, size }: Pick<EmbeddingTable, "data" | "size">): Float32Array[] {
  return Array.from({ length: data.length / size }, (_, row) => data.subarray(row * size, (row + 1) * size));
}
