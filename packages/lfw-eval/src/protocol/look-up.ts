import { cosineBlocks } from "../distances/cosine-blocks.ts";
import type { UnitRows } from "../distances/unit-rows.ts";
import { wilson } from "./summary.ts";
import { allowedAccepts, checkFar } from "./tar-at-far.ts";

/** Embeddings and whom each shows. */
export interface Searched {
  readonly units: UnitRows;
  /** Numbers of people from 0, one a row; −1 is nobody who is looked for. */
  readonly people: Int32Array;
}

/** What a search found, a probe a row. */
export interface LookUp {
  /** The rank of the nearest gallery row of the probe's own person, from 1; 0 where the gallery has none. */
  readonly ranks: Uint32Array;
  /** The cosine with that row; infinite where there is none. */
  readonly mates: Float32Array;
  /** The cosine with the nearest row of anybody. */
  readonly nearest: Float32Array;
}

/**
 * Compares every probe with every gallery row, in blocks: memory holds three numbers a probe. A row of another person that is
 * just as near as the nearest of the probe's own counts as nearer; further rows of its own do not count.
 */
export function lookUp(gallery: Searched, probes: Searched): LookUp {
  const count = probes.people.length;
  const mates = nearestMates(gallery, probes);
  const ranks = Uint32Array.from(mates, (mate) => (mate === Infinity ? 0 : 1));
  const nearest = new Float32Array(count).fill(-Infinity);
  cosineBlocks(probes.units, gallery.units, ({ row0, rows, column0, columns, cosines, stride }) => {
    for (let i = 0; i < rows; i++) {
      const p = row0 + i;
      const person = probes.people[p];
      const mate = mates[p];
      for (let j = 0; j < columns; j++) {
        const cosine = cosines[i * stride + j];
        if (cosine > nearest[p]) nearest[p] = cosine;
        if (cosine >= mate && gallery.people[column0 + j] !== person) ranks[p]++;
      }
    }
  });
  return { ranks, mates, nearest };
}

function nearestMates(gallery: Searched, probes: Searched): Float32Array {
  const rowsOf = new Map<number, number[]>();
  gallery.people.forEach((person, row) => {
    if (person < 0) return;
    const rows = rowsOf.get(person);
    if (rows === undefined) rowsOf.set(person, [row]);
    else rows.push(row);
  });
  return Float32Array.from(probes.people, (person, p) => {
    const rows = rowsOf.get(person);
    if (rows === undefined) return Infinity;
    return rows.reduce((most, row) => Math.max(most, dot(probes.units, p, gallery.units, row)), -Infinity);
  });
}

/** In the order in which `cosineBlocks` adds, so that the result is the same to the last bit. */
function dot(a: UnitRows, i: number, b: UnitRows, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.size; d++) sum += a.data[i * a.size + d] * b.data[j * b.size + d];
  return sum;
}

/** A share of searches with Wilson's 95 % interval, searches taken for independent. */
export interface SearchRate {
  readonly rate: number;
  readonly ci95: readonly [number, number];
}

/**
 * Share of the probes whose own person is found within a rank; probes of people whom the gallery lacks do not count.
 *
 * @returns `NaN` where none counts.
 */
export function rankRate({ ranks }: Pick<LookUp, "ranks">, rank: number): SearchRate {
  let [found, mated] = [0, 0];
  for (const own of ranks) {
    if (own === 0) continue;
    mated++;
    if (own <= rank) found++;
  }
  return { rate: found / mated, ci95: wilson(found, mated) };
}

/** Cumulative match characteristic: at k − 1 the share found within rank k, for k to `ranks`. */
export function cumulativeMatches({ ranks: found }: Pick<LookUp, "ranks">, ranks: number): Float64Array {
  const cmc = new Float64Array(ranks);
  let mated = 0;
  for (const rank of found) {
    if (rank === 0) continue;
    mated++;
    if (rank <= ranks) cmc[rank - 1]++;
  }
  for (let k = 1; k < ranks; k++) cmc[k] += cmc[k - 1];
  return cmc.map((count) => count / mated);
}

/** Identification of people who may not be in the gallery. */
export interface OpenSetRate {
  /** Share of the probes of people who are not there that may find anybody (false positive identification rate). */
  readonly fpir: number;
  /**
   * Share of the others whose own person is the nearest and within the threshold (true positive identification rate at rank
   * 1); null where one false identification is already more than `fpir` of them.
   */
  readonly tpir: number | null;
  /** Wilson's 95 % interval of it at this threshold, probes taken for independent; null likewise. */
  readonly ci95: readonly [number, number] | null;
  /** Squared distance below which somebody is found; null likewise. */
  readonly threshold: number | null;
}

/** @throws {RangeError} When a rate is not above 0, 1 at most. */
export function tpirAtFpir({ ranks, mates, nearest }: LookUp, fpirs: readonly number[]): OpenSetRate[] {
  const impostors = nearest.filter((_, p) => ranks[p] === 0).sort();
  const mated = ranks.length - impostors.length;
  return fpirs.map((fpir) => {
    checkFar(fpir);
    const accepts = allowedAccepts(fpir, impostors.length);
    if (accepts < 1) return { fpir, tpir: null, ci95: null, threshold: null };
    const limit = impostors[impostors.length - 1 - accepts] ?? -1;
    const found = ranks.reduce((count, rank, p) => count + Number(rank === 1 && mates[p] > limit), 0);
    return { fpir, tpir: found / mated, ci95: wilson(found, mated), threshold: 2 - 2 * limit };
  });
}
