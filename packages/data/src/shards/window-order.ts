import { dirname } from "node:path";
import { Random } from "../numbers/random.ts";
import { copyRecords, emptyRecords, setRecord } from "../source/photo-columns.ts";
import type { OrderOptions, PhotoOrder } from "../source/photo-source.ts";
import { ShardError } from "./shard-error.ts";
import { recordLabel, recordPlaces, type Shard } from "./shard-folder.ts";

/** Neighbouring records that enter a window together. */
export const BLOCK = 256;
/** The same of files of other programs' records, where neighbours are mostly photos of one person. */
const SORTED_BLOCK = 16;
/** Windows that are kept at hand: the consumer's, the one being read ahead, and one for replacements. */
const WINDOWS_KEPT = 3;

/** What a window's records are written into, and later another's. */
interface WindowMemory {
  readonly records: ReturnType<typeof emptyRecords>;
  /** Where each record goes when the window is shuffled. */
  readonly places: Uint32Array;
}

/** A window at hand. */
interface KeptWindow {
  readonly window: number;
  readonly memory: WindowMemory;
  readonly loaded: Promise<void>;
  /** Slices that have yet to take their records from it. */
  users: number;
}

/** A run of records of one shard. */
interface Block {
  readonly shard: number;
  readonly first: number;
  readonly end: number;
}

/**
 * An epoch's order over shards: blocks of 256 neighbouring records are drawn from all shards in random order, as
 * many as fill a window (of 16 records where they are a part of a file, as MXNet's), and the window's records shuffled. Where each window begins is counted beforehand, so any
 * position can be had by reading the lists of one window.
 *
 * Where records are left out, counting reads the lists of all shards once.
 *
 * @param source Its shards, and how many of their photos there must be.
 * @throws {ShardError} When there are others, or a list is missing or damaged.
 */
export async function windowOrder(
  { shards, photos }: { readonly shards: readonly Shard[]; readonly photos: number },
  { seed, epoch, shuffle, windowRecords }: OrderOptions,
): Promise<PhotoOrder> {
  const blockSize = shards.some(({ part }) => part) ? SORTED_BLOCK : BLOCK;
  const blocks = blocksOf(shards, blockSize);
  const kept = await keptRecords(shards, blocks);
  const order = shuffle ? new Random("order", seed, epoch).permutation(blocks.count) : undefined;
  const blocksAWindow = Math.max(1, Math.round(windowRecords / blockSize));
  const windows = Math.ceil(blocks.count / blocksAWindow);
  const starts = new Float64Array(windows + 1);
  for (let i = 0; i < blocks.count; i++)
    starts[Math.floor(i / blocksAWindow) + 1] += kept[order ? order[i] : i];
  for (let w = 0; w < windows; w++) starts[w + 1] += starts[w];
  if (starts[windows] !== photos) {
    const problem = `expected ${photos} photos of its identities, got ${starts[windows]}; pack again`;
    throw new ShardError(dirname(shards[0].path), "index", undefined, problem);
  }

  const load = async (window: number, { records, places }: WindowMemory): Promise<void> => {
    const first = window * blocksAWindow;
    const count = Math.min(blocksAWindow, blocks.count - first);
    const size = starts[window + 1] - starts[window];
    records.paths.length = 0;
    if (shuffle) invert(new Random("window", seed, epoch, window).permutation(size), places);
    let filled = 0;
    for (let i = first; i < first + count; i++) {
      const block = blocks.at(order ? order[i] : i);
      filled = await addBlock(shards, block, records, filled, shuffle ? places : undefined);
    }
    if (filled === size) return;
    const { path } = shards[blocks.at(order ? order[first] : first).shard];
    const problem = `expected ${size} photos of the index's identities among ${count} blocks, got ${filled}; pack again`;
    throw new ShardError(dirname(path), "index", undefined, problem);
  };
  const recent: KeptWindow[] = [];
  const windowAt = (window: number): KeptWindow => {
    const known = recent.find((other) => other.window === window);
    if (known) return known;
    const oldest = recent.length === WINDOWS_KEPT ? recent.shift() : undefined;
    const memory = oldest?.users === 0 ? oldest.memory : windowMemory(blocksAWindow * blockSize);
    const kept = { window, memory, loaded: load(window, memory), users: 0 };
    recent.push(kept);
    return kept;
  };
  return {
    length: starts[windows],
    async slice(from, to) {
      const records = emptyRecords(to - from);
      let filled = 0;
      for (let window = upperBound(starts, from) - 1; filled < to - from; window++) {
        const kept = windowAt(window);
        kept.users++;
        try {
          await kept.loaded;
          const skip = from + filled - starts[window];
          const taken = Math.min(starts[window + 1] - starts[window] - skip, to - from - filled);
          copyRecords(kept.memory.records, [skip, skip + taken], records, filled);
          filled += taken;
        } finally {
          kept.users--;
        }
      }
      return records;
    },
  };
}

/**
 * Windows come and go by the thousand, and outlive the young generation: without using their memory again, tens of MiB
 * would wait for V8's next full collection.
 */
function windowMemory(size: number): WindowMemory {
  return { records: emptyRecords(size), places: new Uint32Array(size) };
}

/** Writes where each number stands in a permutation. */
function invert(permutation: Uint32Array, places: Uint32Array): void {
  for (let place = 0; place < permutation.length; place++) places[permutation[place]] = place;
}

/** The blocks of all shards, numbered through without holding any. */
function blocksOf(shards: readonly Shard[], size: number): { count: number; at(block: number): Block } {
  const firsts = new Float64Array(shards.length + 1);
  shards.forEach(({ records }, s) => {
    firsts[s + 1] = firsts[s] + Math.ceil(records / size);
  });
  return {
    count: firsts[shards.length],
    at(block) {
      const shard = upperBound(firsts, block) - 1;
      const first = (block - firsts[shard]) * size;
      return { shard, first, end: Math.min(first + size, shards[shard].records) };
    },
  };
}

/** How many records of each block belong to identities of the index. */
async function keptRecords(
  shards: readonly Shard[],
  blocks: { count: number; at(block: number): Block },
): Promise<Uint16Array> {
  const kept = new Uint16Array(blocks.count);
  for (let b = 0; b < blocks.count; b++) {
    const { shard, first, end } = blocks.at(b);
    const { filtered, list } = shards[shard];
    if (!filtered) kept[b] = end - first;
    else {
      const { classes } = await list();
      for (let r = first; r < end; r++) if (recordLabel(shards[shard], classes, r) >= 0) kept[b]++;
    }
  }
  return kept;
}

/** Adds the records of a block that belong to identities of the index, and says how many there are then. */
async function addBlock(
  shards: readonly Shard[],
  { shard, first, end }: Block,
  photos: WindowMemory["records"],
  filled: number,
  shuffled: Uint32Array | undefined,
): Promise<number> {
  const { path, list } = shards[shard];
  const { classes, lengths } = await list();
  const known = photos.paths.indexOf(path);
  const place = known < 0 ? photos.paths.push(path) - 1 : known;
  const next = recordPlaces(shards[shard], lengths, first);
  for (let record = first; record < end; record++) {
    const label = recordLabel(shards[shard], classes, record);
    const found = next();
    if (label >= 0) {
      const at = shuffled ? shuffled[filled] : filled;
      setRecord(photos, at, place, { ...found, class: classes[record], label });
      filled++;
    }
  }
  return filled;
}

/** The first index whose value is greater than `value`, in ascending values. */
function upperBound(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
