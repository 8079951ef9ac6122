import {
  countUnnormalised,
  type DistanceTable,
  type Embeddings,
  locateAmong,
  measurePairs,
  type PairList,
} from "@amface/lfw-eval";
import type { Reporter } from "../command/reporter.ts";
import { readEmbeddings } from "../embeddings/read-embeddings.ts";

/**
 * Distances of pairs from embeddings on disk, in any form that `readEmbeddings` reads.
 *
 * @throws {Error} When a file is missing or damaged, or the two do not fit.
 */
export async function measureEmbeddings(
  path: string,
  list: PairList,
  { strict, reporter }: { readonly strict: boolean; readonly reporter: Reporter },
): Promise<{ table: DistanceTable; skippedPairs: number }> {
  const { paths: names, data, size } = await readEmbeddings(path);
  const embeddings = { data, size };
  const other = countUnnormalised(embeddings);
  if (other > 0) {
    reporter.say(`${other} of ${names.length} embeddings are not of length 1: all are normalised`);
  }
  return measureAmong(embeddings, names, list, { strict, where: path });
}

/**
 * Distances of pairs whose photos are among those that were embedded.
 *
 * @param names The path of each row, `identity/photo.png`.
 */
export function measureAmong(
  embeddings: Embeddings,
  names: readonly string[],
  list: PairList,
  options: { readonly strict: boolean; readonly where: string },
): { table: DistanceTable; skippedPairs: number; missing: readonly string[] } {
  const located = locateAmong(list, names, options);
  // The pairs' photos, once each, in the order of the pairs.
  const rowOf = new Map(names.map((name: string, row) => [name, row]));
  const rows = located.photos.map((photo) => rowOf.get(photo)!);
  const pairs = located.pairs.map(({ a, b, ...pair }) => ({ ...pair, a: rows[a], b: rows[b] }));
  const identities: string[] = new Array(names.length).fill("");
  for (const [i, row] of rows.entries()) identities[row] = located.identities[i];
  return {
    table: measurePairs(embeddings, { pairs, photos: names, identities }),
    skippedPairs: located.skippedPairs,
    missing: located.missing,
  };
}
