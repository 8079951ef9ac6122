import type { LocatedPair } from "./locate-among.ts";
import { seededIntegers, shuffled } from "./random.ts";

export interface DrawPairsOptions {
  /** Pairs to draw, half of them of one person (default 6000). */
  readonly pairs?: number;
  /** Largest number K of folds (default 10); fewer where there are fewer than two people or two pairs a fold. */
  readonly folds?: number;
  /** Decides which pairs; the same seed draws the same (default 0). */
  readonly seed?: number;
}

/** Photos of one person, as places in the list of all. */
type Person = readonly number[];

/**
 * Draws pairs the way LFW's View 2 is made: the folds share no person, each has as many pairs of one person as of two,
 * no pair comes twice. People are drawn before photos, so that those with many photos do not crowd out the others.
 * There are fewer pairs than asked for where people and photos allow no more.
 *
 * @param identities Whose each photo is. People of one photo are in different pairs only.
 * @returns Pairs of places in that list, fold by fold, the same pairs of a fold before the different ones.
 * @throws {RangeError} When there are fewer than four people of two photos or more, or an option is out of range.
 */
export function drawPairs(
  identities: readonly string[],
  { pairs = 6000, folds = 10, seed = 0 }: DrawPairsOptions = {},
): LocatedPair[] {
  if (!(Number.isInteger(folds) && folds >= 2 && pairs >= 4)) {
    fail("2 folds or more and 4 pairs or more", `${folds} folds and ${pairs} pairs`);
  }
  const draw = seededIntegers(seed);
  const people = new Map<string, number[]>();
  identities.forEach((identity, photo) => {
    const photos = people.get(identity);
    if (photos === undefined) people.set(identity, [photo]);
    else photos.push(photo);
  });
  const [several, single] = [true, false].map((many) =>
    shuffled(
      [...people.values()].filter((photos) => photos.length > 1 === many),
      draw,
    ),
  );
  if (several.length < 4) fail("4 people or more with 2 photos or more", String(several.length));
  const count = Math.min(folds, Math.floor(several.length / 2), Math.floor(pairs / 2));
  const perClass = Math.floor(pairs / (2 * count));
  return Array.from({ length: count }, (_, fold) => {
    const members = [...several, ...single].filter((_, i) => i % count === fold);
    const drawn = Math.min(perClass, countSame(members), countDifferent(members));
    return [
      ...drawSame(members, drawn, draw).map(([a, b]) => ({ a, b, same: true, fold })),
      ...drawDifferent(members, drawn, draw).map(([a, b]) => ({ a, b, same: false, fold })),
    ];
  }).flat();
}

function fail(expected: string, got: string): never {
  throw new RangeError(`Cannot draw pairs: expected ${expected}, got ${got}`);
}

const countSame = (people: readonly Person[]) =>
  people.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);

function countDifferent(people: readonly Person[]): number {
  const photos = people.reduce((sum, { length }) => sum + length, 0);
  return (photos * (photos - 1)) / 2 - countSame(people);
}

/** @param count At most `countSame(people)`. */
function drawSame(people: readonly Person[], count: number, draw: (n: number) => number): [number, number][] {
  const pool = people
    .filter(({ length }) => length > 1)
    .map((photos) => ({ photos, left: (photos.length * (photos.length - 1)) / 2 }));
  return drawDistinct(count, () => {
    const at = draw(pool.length);
    const { photos } = pool[at];
    return {
      pair: two(photos, draw),
      taken: () => {
        if (--pool[at].left === 0) pool.splice(at, 1);
      },
    };
  });
}

/** @param count At most `countDifferent(people)`. */
function drawDifferent(
  people: readonly Person[],
  count: number,
  draw: (n: number) => number,
): [number, number][] {
  if (2 * count > countDifferent(people)) {
    // Most of all that there are: drawing until they are found would take long.
    const all = people.flatMap((a, i) =>
      people.slice(0, i).flatMap((b) => a.flatMap((x) => b.map((y): [number, number] => ordered(x, y)))),
    );
    return shuffled(all, draw).slice(0, count);
  }
  return drawDistinct(count, () => {
    const [a, b] = two(people, draw);
    return { pair: ordered(a[draw(a.length)], b[draw(b.length)]), taken: () => {} };
  });
}

/** Draws until there are so many pairs, each once. */
function drawDistinct(
  count: number,
  next: () => { pair: [number, number]; taken: () => void },
): [number, number][] {
  const pairs = new Map<string, [number, number]>();
  while (pairs.size < count) {
    const { pair, taken } = next();
    if (pairs.has(`${pair}`)) continue;
    pairs.set(`${pair}`, pair);
    taken();
  }
  return [...pairs.values()];
}

/** Two different ones of a list, in its order. */
function two<T>(list: readonly T[], draw: (n: number) => number): [T, T] {
  const i = draw(list.length);
  const j = draw(list.length - 1);
  return j >= i ? [list[i], list[j + 1]] : [list[j], list[i]];
}

const ordered = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
