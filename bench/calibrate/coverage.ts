import { type Embeddings, everyPair, type Interval, makeThresholdCard } from "@amface/lfw-eval";
import { cosineBlocks } from "../../packages/lfw-eval/src/distances/cosine-blocks.ts";
import { identityCodes } from "../../packages/lfw-eval/src/distances/identity-codes.ts";
import { unitRows } from "../../packages/lfw-eval/src/distances/unit-rows.ts";
import { seededIntegers, shuffled } from "../../packages/lfw-eval/src/pairs/random.ts";

export interface DrawOptions {
  /** People of a draw, and the most photos of each. */
  readonly people: number;
  readonly photosEach: number;
  readonly draws: number;
  readonly fars: readonly number[];
  readonly seed?: number;
  readonly replicates?: number;
}

/** What came of calibrating on one draw. */
export interface DrawnThreshold {
  readonly far: number;
  readonly photos: number;
  readonly people: number;
  readonly threshold: number;
  readonly farInterval: Interval;
  /** FAR over all pairs of two people who were not drawn. */
  readonly realised: number;
}

/**
 * Calibrates on photos of some people out of many, again and again, and measures what FAR each threshold has on everybody
 * else.
 *
 * @returns A list for each of the designs.
 */
export function drawThresholds(
  embeddings: Embeddings,
  identities: readonly string[],
  designs: readonly DrawOptions[],
): DrawnThreshold[][] {
  const { codes, members } = identityCodes(identities);
  const cards = designs.map((design) => drawCards(embeddings, identities, members, design));
  const largest = Math.max(
    ...cards.flat().flatMap(({ thresholds }) => thresholds.map(({ threshold }) => threshold)),
  );
  // Once for all draws: the pairs of everybody are many.
  const near = nearPairs(embeddings, codes, members.length, largest);
  return cards.map((list) =>
    list.flatMap(({ drawn, photos, thresholds }) => {
      const others = members.flatMap(({ length }, code) => (drawn.has(code) ? [] : [length]));
      const total = others.reduce((sum, own) => sum + own, 0);
      const pairs = (total ** 2 - others.reduce((sum, own) => sum + own ** 2, 0)) / 2;
      return thresholds.map(({ far, threshold, farInterval }) => ({
        ...{ far, photos, people: drawn.size, threshold, farInterval: farInterval! },
        realised: near(threshold, drawn) / pairs,
      }));
    }),
  );
}

function drawCards(
  embeddings: Embeddings,
  identities: readonly string[],
  members: readonly (readonly number[])[],
  { people, photosEach, draws, fars, seed = 1, replicates }: DrawOptions,
) {
  const draw = seededIntegers(seed);
  const able = members.flatMap((photos, code) => (photos.length >= Math.min(2, photosEach) ? [code] : []));
  return Array.from({ length: draws }, (_, d) => {
    const drawn = shuffled(able, draw).slice(0, people);
    const rows = drawn.flatMap((code) => shuffled(members[code], draw).slice(0, photosEach));
    const table = everyPair(
      rowsOf(embeddings, rows),
      rows.map((row) => identities[row]),
    );
    const options = { model: "", pairs: "", flip: "none", seed: d, replicates } as const;
    const thresholds = makeThresholdCard(table, options).thresholds.filter(({ far }) => fars.includes(far));
    return { drawn: new Set(drawn), photos: rows.length, thresholds };
  });
}

function rowsOf({ data, size }: Embeddings, rows: readonly number[]): Embeddings {
  const chosen = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    chosen.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { data: chosen, size };
}

/**
 * Finds the pairs of different people that are nearer than a squared distance.
 *
 * @returns How many of them are below a threshold and show nobody of some people.
 */
function nearPairs(embeddings: Embeddings, codes: Int32Array, people: number, below: number) {
  const units = unitRows(embeddings);
  let distances = new Float32Array(1 << 20);
  let shown = new Int32Array(1 << 21);
  let count = 0;
  cosineBlocks(
    units,
    units,
    ({ row0, rows, column0, columns, cosines, stride }) => {
      for (let i = 0; i < rows; i++) {
        for (let j = Math.max(0, row0 + i + 1 - column0); j < columns; j++) {
          const distance = 2 - 2 * cosines[i * stride + j];
          const [a, b] = [codes[row0 + i], codes[column0 + j]];
          if (distance >= below || a === b) continue;
          if (count === distances.length) {
            distances = grown(distances, new Float32Array(2 * count));
            shown = grown(shown, new Int32Array(4 * count));
          }
          distances[count] = distance;
          shown[2 * count] = a;
          shown[2 * count + 1] = b;
          count++;
        }
      }
    },
    (row0, columnEnd) => columnEnd > row0 + 1,
  );
  return (threshold: number, without: ReadonlySet<number>): number => {
    const left = Uint8Array.from({ length: people }, (_, code) => Number(!without.has(code)));
    let found = 0;
    for (let p = 0; p < count; p++) {
      if (distances[p] < threshold) found += left[shown[2 * p]] & left[shown[2 * p + 1]];
    }
    return found;
  };
}

function grown<T extends Float32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
