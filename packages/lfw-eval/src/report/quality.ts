import type { DistanceTable } from "../pairs/distance-table.ts";
import { type ErrorRate, errorRate } from "../protocol/subgroups.ts";
import { COLOURS, type Figure, figure, round } from "./figure.ts";
import { escapeHtml } from "./html.ts";

/** Something that is measured of each photo and may explain errors, such as the distance of the eyes in pixels. */
export interface Quality {
  readonly name: string;
  /** Whether larger values are better; of a pair the worse photo counts. */
  readonly largerIsBetter: boolean;
  /** The value of a photo, or undefined where it is not known. */
  of(photo: string): number | undefined;
}

/** Pairs whose worse photo has a quality in a range. */
export interface QualityBin {
  readonly from: number;
  readonly to: number;
  readonly fmr: ErrorRate;
  readonly fnmr: ErrorRate;
}

const BINS = 5;

/** At most this many points of a class are drawn. */
const POINTS = 1500;

/**
 * Error rates by quality, in five ranges with as many pairs each as can be.
 *
 * @param threshold Squared distance below which a pair is accepted.
 * @returns An empty list where fewer than five pairs have a known quality.
 * @throws {RangeError} When the table does not know its photos.
 */
export function qualityRates(table: DistanceTable, quality: Quality, threshold: number): QualityBin[] {
  const values = pairQualities(table, quality);
  const known = values.flatMap((value, p) => (value === undefined ? [] : [{ p, value }]));
  if (known.length < BINS) return [];
  known.sort((a, b) => a.value - b.value);
  return Array.from({ length: BINS }, (_, i) => {
    const bin = known.slice(
      Math.floor((i * known.length) / BINS),
      Math.floor(((i + 1) * known.length) / BINS),
    );
    const rate = (same: boolean) => {
      const pairs = bin.filter(({ p }) => table.issame[p] === same);
      const errors = pairs.filter(({ p }) => table.distances[p] < threshold !== same);
      return errorRate(errors.length, pairs.length);
    };
    return { from: bin[0].value, to: bin[bin.length - 1].value, fmr: rate(false), fnmr: rate(true) };
  });
}

/**
 * Distance of each pair over the quality of its worse photo, at most 1,500 pairs a class, evenly chosen.
 *
 * @throws {RangeError} When the table does not know its photos.
 */
export function qualityFigure(table: DistanceTable, quality: Quality): Figure {
  const values = pairQualities(table, quality);
  const data = [true, false].map((same) => {
    const pairs = table.issame.flatMap((is, p) => (is === same && values[p] !== undefined ? [p] : []));
    const step = Math.max(1, pairs.length / POINTS);
    const shown = Array.from(
      { length: Math.floor(pairs.length / step) },
      (_, i) => pairs[Math.floor(i * step)],
    );
    return {
      type: "scatter",
      mode: "markers",
      name: same ? "same person" : "different people",
      x: shown.map((p) => round(values[p]!)),
      y: shown.map((p) => round(table.distances[p])),
      marker: { color: COLOURS[same ? 0 : 1], size: 4, opacity: 0.5 },
      hovertemplate: "%{x:.3g}<br>distance %{y:.3f}",
    };
  });
  return figure(
    escapeHtml(quality.name),
    `${escapeHtml(quality.name)}, of the worse photo`,
    "squared distance",
    data,
    {},
  );
}

function pairQualities({ photos }: DistanceTable, { of, largerIsBetter }: Quality): (number | undefined)[] {
  if (photos === undefined) {
    throw new RangeError("Cannot tell qualities: expected a table with photos, got distances only");
  }
  return photos.map(([a, b]) => {
    const [first, second] = [of(a), of(b)];
    if (first === undefined || second === undefined) return undefined;
    return largerIsBetter ? Math.min(first, second) : Math.max(first, second);
  });
}
