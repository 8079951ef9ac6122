import type { EmbeddingTable } from "@amface/data";

/**
 * The rows of a table that are of a folder's photos.
 *
 * @param paths The photos, relative to `dir`; one or more.
 * @throws {Error} When there are none: the table is of another folder.
 */
export function rowsOfPaths(table: EmbeddingTable, dir: string, paths: readonly string[]): EmbeddingTable {
  const { data, size } = table;
  const known = new Set(paths);
  const rows = table.paths.flatMap((path, row) => (known.has(path) ? [row] : []));
  if (rows.length === 0) {
    const [expected, got] = [`embeddings of the photos in ${dir}, such as ${paths[0]}`, table.paths[0]];
    throw new Error(`Cannot use the embeddings: expected ${expected}, got such as ${got}; embed that folder`);
  }
  if (rows.length === table.paths.length) return table;
  const kept = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) kept.set(data.subarray(row * size, (row + 1) * size), i * size);
  return { paths: rows.map((row) => table.paths[row]), data: kept, size };
}
