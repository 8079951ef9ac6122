import { squaredDistances } from "@amface/lfw-eval/browser";
import type { Rows } from "../messages.ts";

/** Squared distance of every row to one of them. */
export function distancesTo({ rows, row }: { readonly rows: Rows; readonly row: number }): Float64Array {
  const count = rows.data.length / rows.size;
  return Float64Array.from(
    squaredDistances(
      rows,
      Array.from({ length: count }, (_, i) => ({ a: row, b: i })),
    ),
  );
}

/**
 * Rows that are of one person: those nearer to each other than the threshold, and whoever hangs together through them.
 *
 * @returns Groups of two rows or more, the largest first.
 */
export function groupsOf({
  rows,
  threshold,
}: {
  readonly rows: Rows;
  readonly threshold: number;
}): number[][] {
  const count = rows.data.length / rows.size;
  const leader = Array.from({ length: count }, (_, i) => i);
  const of = (row: number): number => {
    while (leader[row] !== row) row = leader[row] = leader[leader[row]];
    return row;
  };
  for (let a = 1; a < count; a++) {
    const distances = squaredDistances(
      rows,
      Array.from({ length: a }, (_, b) => ({ a, b })),
    );
    for (let b = 0; b < a; b++) if (distances[b] < threshold) leader[of(a)] = of(b);
  }
  const groups = new Map<number, number[]>();
  for (let row = 0; row < count; row++) groups.set(of(row), [...(groups.get(of(row)) ?? []), row]);
  return [...groups.values()].filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
}
