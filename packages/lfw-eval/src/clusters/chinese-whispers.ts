import type { Neighbours } from "../distances/nearest-neighbours.ts";
import { seededIntegers, shuffled } from "../pairs/random.ts";
import { numbered } from "./numbered.ts";

export interface WhisperOptions {
  /** Rounds at most (default 50); it ends before where nothing changes any more. */
  readonly rounds?: number;
  /** Seed of the order in which embeddings are visited (default 0). */
  readonly seed?: number;
}

/**
 * Chinese whispers (Biemann, TextGraphs 2006): every embedding begins as a cluster of its own; in rounds, in random order, each
 * takes the cluster that its neighbours belong to most, by the sum of their cosines, of equal ones the first. Two are neighbours where
 * either is among the other's.
 *
 * @returns The number of each embedding's cluster, from 0 in the order of their first members.
 */
export function chineseWhispers(
  neighbours: Neighbours,
  { rounds = 50, seed = 0 }: WhisperOptions = {},
): Int32Array {
  const { count } = neighbours;
  const { starts, others, weights } = adjacency(neighbours);
  const labels = Int32Array.from({ length: count }, (_, row) => row);
  const rows = Array.from(labels);
  const random = seededIntegers(seed);
  const sums = new Float64Array(count);
  for (let round = 0, changed = true; changed && round < rounds; round++) {
    changed = false;
    for (const row of shuffled(rows, random)) {
      let best = labels[row];
      for (let at = starts[row]; at < starts[row + 1]; at++) sums[labels[others[at]]] += weights[at];
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        const label = labels[others[at]];
        if (sums[label] > sums[best] || (sums[label] === sums[best] && label < best)) best = label;
      }
      for (let at = starts[row]; at < starts[row + 1]; at++) sums[labels[others[at]]] = 0;
      if (best !== labels[row]) changed = true;
      labels[row] = best;
    }
  }
  return numbered(labels);
}

/** The graph's edges both ways, a row's from `starts[row]` to `starts[row + 1]`; one that both ends name counts once. */
function adjacency({ count, size, rows, cosines }: Neighbours) {
  const starts = new Int32Array(count + 1);
  const each = (visit: (a: number, b: number, cosine: number) => void) => {
    for (let row = 0; row < count; row++) {
      for (let at = row * size; at < (row + 1) * size && rows[at] >= 0; at++) {
        const other = rows[at];
        const isNamedTwice = other < row && rows.subarray(other * size, (other + 1) * size).includes(row);
        if (!isNamedTwice) visit(row, other, cosines[at]);
      }
    }
  };
  each((a, b) => {
    starts[a + 1]++;
    starts[b + 1]++;
  });
  for (let row = 0; row < count; row++) starts[row + 1] += starts[row];
  const places = starts.slice();
  const others = new Int32Array(starts[count]);
  const weights = new Float32Array(starts[count]);
  each((a, b, cosine) => {
    [others[places[a]], weights[places[a]++]] = [b, cosine];
    [others[places[b]], weights[places[b]++]] = [a, cosine];
  });
  return { starts, others, weights };
}
