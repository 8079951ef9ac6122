import type { Embeddings } from "./embeddings.ts";
import { plainProducts } from "./nearest-neighbours.ts";

/** Rows that stay where products with them are computed, such as tensors of an engine: loading them costs more than one query. */
export interface KeptRows {
  /** Products of every query with every row, `[queries, rows]` float32, to be read before the next call. */
  products(queries: Embeddings): Float32Array | Promise<Float32Array>;
  /** Frees what was loaded. */
  dispose(): void;
}

/** Loads rows, which do not change while they are kept. */
export type KeepRows = (rows: Embeddings) => KeptRows;

/** Rows kept as they are, for plain JavaScript. */
export const keepPlainRows: KeepRows = (rows) => ({
  products: (queries) => plainProducts(queries, rows),
  dispose: () => {},
});
