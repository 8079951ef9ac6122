import { alikeOf, dotRow, meanCosine, type Person, sumOf, type Units } from "./likeness.ts";

/** An identity whose photos show two people. */
export interface TwoPeople {
  readonly identity: string;
  /** Rows of the photos of the one who has more of them, and of the other. */
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** How alike the two are: about 1 for one person, about 0 for two. */
  readonly likeness: number;
}

export interface TwoPeopleOptions {
  /** Photos that each of the two must have at least (default 3). */
  readonly minPhotos?: number;
  /** Likeness of the two that counts as different people (default 0.3). */
  readonly maxLikeness?: number;
}

/** From how many photos, those least like the rest, a second person is looked for. */
const STARTS = 6;
const ROUNDS = 12;
/** What the mean cosine within each of the two must be at least, as a share of the typical one. */
const COHERENT = 0.5;

/**
 * Tells whether an identity's photos fall into two groups that are each alike within, but not with one another.
 *
 * @param typical Mean cosine of two photos of one identity.
 */
export function findTwoPeople(
  embeddings: Units,
  { identity, rows, sum }: Person,
  typical: number,
  { minPhotos = 3, maxLikeness = 0.3 }: TwoPeopleOptions = {},
): TwoPeople | undefined {
  if (rows.length < 2 * minPhotos) return undefined;
  const nearness = new Map(rows.map((row) => [row, dotRow(embeddings, row, sum)]));
  const nearestLast = rows.toSorted((a, b) => nearness.get(a)! - nearness.get(b)!);
  let best: { groups: [number[], number[]]; length: number } | undefined;
  for (const start of nearestLast.slice(0, STARTS)) {
    const found = partIn(embeddings, rows, nearestLast.at(-1)!, start);
    if (found !== undefined && found.length > (best?.length ?? 0)) best = found;
  }
  if (best === undefined) return undefined;
  const [first, second] = best.groups.toSorted((a, b) => b.length - a.length);
  if (second.length < minPhotos) return undefined;
  const [a, b] = [first, second].map((group) => sumOf(embeddings, group));
  const within = [meanCosine(a, first.length)!, meanCosine(b, second.length)!];
  if (Math.min(...within) < COHERENT * typical) return undefined;
  const across = a.reduce((total, value, i) => total + value * b[i], 0) / (first.length * second.length);
  const alike = alikeOf(a, first.length, typical) * alikeOf(b, second.length, typical);
  const likeness = across / Math.sqrt(alike);
  return likeness < maxLikeness ? { identity, first, second, likeness } : undefined;
}

/** Two means of directions: groups that begin with one photo each, and the length of their sums, which grows as they get alike. */
function partIn(embeddings: Units, rows: readonly number[], one: number, other: number) {
  let [groups, before]: [[number[], number[]], string] = [[[one], [other]], ""];
  for (let round = 0; round < ROUNDS; round++) {
    const centres = groups.map((group) => {
      const sum = sumOf(embeddings, group);
      const length = Math.hypot(...sum);
      return sum.map((value) => value / length);
    });
    const next: [number[], number[]] = [[], []];
    for (const row of rows) {
      const [a, b] = centres.map((centre) => dotRow(embeddings, row, centre));
      next[Number(b > a)].push(row);
    }
    if (next[0].length === 0 || next[1].length === 0) return undefined;
    groups = next;
    const now = String(next[1]);
    if (now === before) break;
    before = now;
  }
  const length = groups.reduce((sum, group) => sum + Math.hypot(...sumOf(embeddings, group)), 0);
  return { groups, length };
}
