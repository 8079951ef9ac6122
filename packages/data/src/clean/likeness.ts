/**
 * An identity by some of its photos, its core. Likeness is a cosine freed of how much photos of one person scatter: the mean cosine
 * of all pairs of two sides, divided by the root of what pairs within each side have. It is about 1 for one person
 * and about 0 for two, whatever the numbers of photos; a few photos tell it less surely. A photo's likeness to a person is divided by the
 * root of the person's alone: the cosine of the photo with what many photos of the person come to.
 */
export interface Person {
  readonly identity: string;
  /** All photos' rows, and of them those that it is known by. */
  readonly rows: readonly number[];
  readonly core: readonly number[];
  /** Sum of the core's normalised embeddings, `[D]`. */
  readonly sum: Float64Array;
  /** Mean cosine of two photos of the core, drawn towards `typical` where these are few. */
  readonly alike: number;
}

/** Normalised embeddings, row-major. */
export interface Units {
  readonly units: Float32Array;
  readonly size: number;
}

/** Pairs of photos that the mean cosine of all people counts for beside an identity's own. */
const PRIOR_PAIRS = 3;
/** Share of the typical mean cosine that is supposed at least, so that nothing seems alike to people who are several. */
const LEAST_SHARE = 0.5;

/** Mean cosine of two photos among some, by their sum; `undefined` of one photo. */
export function meanCosine(sum: ArrayLike<number>, count: number): number | undefined {
  if (count < 2) return undefined;
  let square = 0;
  for (let i = 0; i < sum.length; i++) square += sum[i] * sum[i];
  return (square - count) / (count * (count - 1));
}

export function sumOf({ units, size }: Units, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) sum[i] += units[row * size + i];
  return sum;
}

export function dotRow({ units, size }: Units, row: number, sum: ArrayLike<number>): number {
  let dot = 0;
  for (let i = 0; i < size; i++) dot += units[row * size + i] * sum[i];
  return dot;
}

/** The mean cosine of two photos of one identity: the median of those with three photos or more; 0.5 where there are none. */
export function typicalCosine(embeddings: Units, groups: Iterable<readonly number[]>): number {
  const means = [...groups]
    .flatMap((rows) => (rows.length < 3 ? [] : [meanCosine(sumOf(embeddings, rows), rows.length)!]))
    .sort((a, b) => a - b);
  return Math.max(0.05, means.length === 0 ? 0.5 : means[means.length >> 1]);
}

/** Mean cosine of `count` photos of sum `sum`, as `Person.alike`. */
export function alikeOf(sum: Float64Array, count: number, typical: number): number {
  const pairs = (count * (count - 1)) / 2;
  const own = (meanCosine(sum, count) ?? 0) * pairs;
  return Math.max(LEAST_SHARE * typical, (own + PRIOR_PAIRS * typical) / (pairs + PRIOR_PAIRS));
}

export function describePerson(
  embeddings: Units,
  person: Pick<Person, "identity" | "rows" | "core">,
  typical: number,
): Person {
  const { identity, rows, core } = person;
  const sum = sumOf(embeddings, core);
  return { identity, rows, core, sum, alike: alikeOf(sum, core.length, typical) };
}

/** Likeness of a photo to the core of a person, without the photo itself; `undefined` where there is no other. */
export function likeness(
  embeddings: Units,
  row: number,
  { core, sum, alike }: Person,
  isInCore: boolean,
): number | undefined {
  const others = core.length - Number(isInCore);
  if (others === 0) return undefined;
  return (dotRow(embeddings, row, sum) - Number(isInCore)) / others / Math.sqrt(alike);
}

/** Directions whose products with normalised embeddings are their likeness, and with one another that of two people. */
export function directions(people: readonly Person[], size: number): Float32Array {
  const data = new Float32Array(people.length * size);
  people.forEach(({ sum, core, alike }, p) => {
    const scale = core.length === 0 ? 0 : 1 / (core.length * Math.sqrt(alike));
    for (let i = 0; i < size; i++) data[p * size + i] = sum[i] * scale;
  });
  return data;
}
