import type { FaceSource } from "./face-source.ts";
import { identityCounts } from "./face-source.ts";
import { type FaceRecordPlace, fileColumns, type PhotoColumns, recordColumns } from "./photo-columns.ts";
import type { PhotoOrder } from "./photo-order.ts";
import { Random } from "./random.ts";
import { recordOffset } from "./shards/record-list.ts";
import { ShardSource } from "./shards/shard-source.ts";

/** Batches in which every identity has as many photos as the others. */
export interface Balance {
  /** P: identities a batch. */
  readonly identities: number;
  /** K: photos of each. */
  readonly photos: number;
}

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
 * Over shards it knows every record, 12 bytes each in memory, and reads in an order that jumps.
 *
 * @throws {RangeError} When there are fewer than P identities with photos.
 */
export async function balancedOrder(
  source: FaceSource | ShardSource,
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
  /** The photos of such numbers. */
  readonly columns: (numbers: readonly number[]) => PhotoColumns | Promise<PhotoColumns>;
}

async function membersOf(source: FaceSource | ShardSource): Promise<Members> {
  const counts = identityCounts(source);
  const starts = new Uint32Array(counts.length + 1);
  for (const [label, count] of counts.entries()) starts[label + 1] = starts[label] + count;
  const members = new Uint32Array(starts[counts.length]);
  const next = starts.slice();
  if (!(source instanceof ShardSource)) {
    for (const [i, { label }] of source.files.entries()) members[next[label]++] = i;
    return {
      members,
      starts,
      columns: (numbers) => fileColumns(numbers.map((number) => source.files[number])),
    };
  }
  source.lists.keepAll();
  const firsts: number[] = [];
  let first = 0;
  for (const { labels, records, list } of source.shards) {
    firsts.push(first);
    const { classes } = await list();
    for (let r = 0; r < records; r++) {
      const label = labels[classes[r]] ?? -1;
      if (label >= 0) members[next[label]++] = first + r;
    }
    first += records;
  }
  const at = async (number: number): Promise<FaceRecordPlace> => {
    const shard = firsts.findLastIndex((start) => start <= number);
    const { path, labels, list } = source.shards[shard];
    const { classes, lengths } = await list();
    const record = number - firsts[shard];
    const place = { path, record, offset: recordOffset(lengths, record), length: lengths[record] };
    return { ...place, class: classes[record], label: labels[classes[record]] };
  };
  const columns = async (numbers: readonly number[]) => recordColumns(await Promise.all(numbers.map(at)));
  return { members, starts, columns };
}
