import { Random } from "../numbers/random.ts";
import type { NumberedPhotos, PhotoOrder, PhotoSource } from "../source/photo-source.ts";
import type { Balance } from "./batch-options.ts";

/** @throws {RangeError} When P and K are not integers from 1 with P·K the batch size. */
export function checkBalance({ identities, photos }: Balance, batchSize: number): void {
  const whole = [identities, photos].every((value) => Number.isInteger(value) && value >= 1);
  if (whole && identities * photos === batchSize) return;
  throw new RangeError(
    `Cannot balance batches: expected identities x photos to be the batch size ${batchSize}, ` +
      `got ${identities} x ${photos}`,
  );
}

/**
 * An order whose every run of P·K photos holds K of each of P identities: all identities take their turns in a
 * random order before one has another. Of K photos none occurs twice, except where the identity has fewer.
 *
 * It knows every photo by number: over shards 12 bytes each in memory, read in an order that jumps.
 *
 * @throws {RangeError} When there are fewer than P identities with photos.
 */
export async function balancedOrder(
  source: PhotoSource,
  { identities: P, photos: K }: Balance,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Promise<PhotoOrder> {
  const { members, starts, columns } = await membersOf(source);
  const labels = Array.from(starts.subarray(0, -1).keys()).filter(
    (label) => starts[label + 1] > starts[label],
  );
  if (labels.length < P) {
    throw new RangeError(
      `Cannot balance batches: expected at least ${P} identities with photos, got ${labels.length}`,
    );
  }
  const turns = Math.floor(labels.length / P) * P; // of one round: whole batches, so that no identity meets itself
  let round = -1;
  let order: Uint32Array = new Uint32Array();
  /** The photos of the identity whose turn it is. */
  const drawn = (turn: number): number[] => {
    if (Math.floor(turn / turns) !== round) {
      round = Math.floor(turn / turns);
      order = new Random("identities", seed, epoch, round).permutation(labels.length);
    }
    const label = labels[order[turn % turns]];
    const [start, count] = [starts[label], starts[label + 1] - starts[label]];
    return distinct(new Random("photos", seed, epoch, turn), count, K).map((i) => members[start + i]);
  };
  return {
    length: members.length,
    async slice(from, to) {
      const chosen: number[] = [];
      for (let turn = Math.floor(from / K); turn * K < to; turn++) {
        const photos = drawn(turn);
        for (let k = 0; k < K; k++) {
          const position = turn * K + k;
          if (position >= from && position < to) chosen.push(photos[k]);
        }
      }
      return await columns(chosen);
    },
  };
}

/** `k` of the numbers below `n`, all different as far as they reach. */
function distinct(random: Random, n: number, k: number): number[] {
  const numbers: number[] = [];
  const taken = new Set<number>();
  while (numbers.length < k) {
    if (taken.size === n) taken.clear();
    const number = random.int(n);
    if (taken.has(number)) continue;
    taken.add(number);
    numbers.push(number);
  }
  return numbers;
}

interface Members {
  /** Numbers of all photos, sorted by label. */
  readonly members: Uint32Array;
  /** Where the photos of each label begin in `members`; one more entry at the end. */
  readonly starts: Uint32Array;
  readonly columns: NumberedPhotos["columns"];
}

async function membersOf(source: PhotoSource): Promise<Members> {
  const { labels, columns } = await source.numbered();
  const starts = new Uint32Array(source.counts.length + 1);
  for (const [label, count] of source.counts.entries()) starts[label + 1] = starts[label] + count;
  const members = new Uint32Array(source.photos);
  const next = starts.slice();
  for (let number = 0; number < labels.length; number++) {
    if (labels[number] >= 0) members[next[labels[number]]++] = number;
  }
  return { members, starts, columns };
}
