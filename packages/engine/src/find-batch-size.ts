import type { DeviceMemory } from "./device-memory.ts";

export interface BatchSearch {
  /** Does the work of a batch of this size, such as a training step, and frees what belongs to other sizes. */
  readonly work: (batchSize: number) => Promise<void>;
  /** The device's memory now. */
  readonly memory: () => DeviceMemory;
  /** Where the search starts (8), and where it ends at the latest (512). */
  readonly from?: number;
  readonly to?: number;
  /** Share of the limit that may be in use, in (0, 1]; 0.9. */
  readonly share?: number;
}

/** What a search found; sizes are those that were tried, with the bytes in use after each. */
export interface BatchChoice {
  readonly batchSize: number;
  readonly tried: readonly { readonly batchSize: number; readonly used: number }[];
  /** Why it ended there. */
  readonly reason: string;
}

/**
 * Finds the largest batch that the device has memory for, by doubling. A size is tried only where the sizes before it say
 * that it fits: memory grows in proportion to the batch, so that the next size takes what the last one added, twice.
 * The search so ends before memory runs out, which on a GPU may end the process.
 *
 * @throws {RangeError} Where not even the first size fits.
 */
export async function findBatchSize(search: BatchSearch): Promise<BatchChoice> {
  const { work, memory, from = 8, to = 512, share = 0.9 } = search;
  const tried: { batchSize: number; used: number }[] = [];
  let before = memory().used;
  for (let batchSize = from; ; batchSize *= 2) {
    await work(batchSize);
    const { used, limit } = memory();
    const room = share * limit;
    if (used > room && tried.length === 0) {
      throw new RangeError(
        `Cannot find a batch size: expected one of ${batchSize} to take at most ${mib(room)} MiB, got ${mib(used)} MiB in use; ` +
          "take a smaller net or smaller images, or free memory",
      );
    }
    if (used > room)
      return { batchSize: tried.at(-1)!.batchSize, tried, reason: `${batchSize} takes ${mib(used)} MiB` };
    tried.push({ batchSize, used });
    if (2 * batchSize > to) return { batchSize, tried, reason: `${to} is the largest to try` };
    // The first size adds what does not grow with the batch as well: the guess is then too high, never too low.
    const next = used + 2 * Math.max(used - before, 0);
    if (next > room) {
      return { batchSize, tried, reason: `${2 * batchSize} would take ${mib(next)} of ${mib(limit)} MiB` };
    }
    before = used;
  }
}

const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
