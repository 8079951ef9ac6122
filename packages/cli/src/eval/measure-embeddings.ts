import { readFile } from "node:fs/promises";
import {
  countUnnormalised,
  type DistanceTable,
  type Embeddings,
  locateAmong,
  measurePairs,
  type PairList,
} from "@amface/lfw-eval";
import { readNpy } from "@amface/numpy";
import type { Reporter } from "../command/reporter.ts";

/**
 * Distances of pairs from embeddings on disk: `a.npy` with `[B, D]` float32 or float64 and `a.json` with the path of
 * each row, as `amface embed` writes them.
 *
 * @throws {Error} When a file is missing or damaged, or the two do not fit.
 */
export async function measureEmbeddings(
  path: string,
  list: PairList,
  { strict, reporter }: { readonly strict: boolean; readonly reporter: Reporter },
): Promise<{ table: DistanceTable; skippedPairs: number }> {
  const array = readNpy(await readFile(path));
  const namesFile = `${path.replace(/\.npy$/, "")}.json`;
  const names: unknown = JSON.parse(await readFile(namesFile, "utf8"));
  if (!("shape" in array) || array.shape.length !== 2 || !/^Float/.test(array.data.constructor.name)) {
    throw new Error(
      `Cannot read embeddings from ${path}: expected [B, D] of float32 or float64, got something else`,
    );
  }
  if (!Array.isArray(names) || names.length !== array.shape[0]) {
    const got = Array.isArray(names) ? names.length : "something else";
    throw new Error(
      `Cannot read ${namesFile}: expected ${array.shape[0]} paths, one an embedding, got ${got}`,
    );
  }
  const embeddings = { data: Float32Array.from(array.data as Float32Array), size: array.shape[1] };
  const other = countUnnormalised(embeddings);
  if (other > 0) {
    reporter.say(`${other} of ${names.length} embeddings are not of length 1: all are normalised`);
  }
  return measureAmong(embeddings, names, list, { strict, where: namesFile });
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
