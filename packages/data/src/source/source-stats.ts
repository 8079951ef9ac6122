import type { PhotoSource } from "./photo-source.ts";

export interface SourceStats {
  readonly identities: number;
  readonly photos: number;
  /** Identities of one photo: legal in training, useless in pairs. */
  readonly singletons: number;
  /** Photos an identity. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Counts a source. Labels without photos, which an edited index of shards may leave, count as no identities. */
export function sourceStats({ counts, photos }: PhotoSource): SourceStats {
  const sorted = counts.filter((count) => count > 0).sort();
  const n = sorted.length;
  return {
    identities: n,
    photos,
    singletons: sorted.filter((count) => count === 1).length,
    min: n === 0 ? 0 : sorted[0],
    median: n === 0 ? 0 : (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2,
    max: n === 0 ? 0 : sorted[n - 1],
  };
}

/** A bar of `photosHistogram`. */
export interface HistogramBar {
  /** Identities of `from` to `to` photos are counted. */
  readonly from: number;
  readonly to: number;
  readonly identities: number;
}

/** How many identities have 1, 2 to 3, 4 to 7, … photos, up to the largest. */
export function photosHistogram({ counts }: PhotoSource): HistogramBar[] {
  const bars: number[] = [];
  for (const count of counts) {
    if (count === 0) continue;
    const bar = 31 - Math.clz32(count);
    while (bars.length <= bar) bars.push(0);
    bars[bar]++;
  }
  return bars.map((identities, bar) => ({ from: 2 ** bar, to: 2 ** (bar + 1) - 1, identities }));
}
