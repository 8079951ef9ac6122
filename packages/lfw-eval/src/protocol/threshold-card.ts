import { isSquaredDistance } from "../distances/check-distances.ts";
import type { Flip } from "../distances/embeddings.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { type BootstrapOptions, bootstrap, type Interval } from "./bootstrap.ts";
import { countPeople, peopleWarnings } from "./resample-pairs.ts";
import { FARS, farWarnings, tarAtFar } from "./tar-at-far.ts";

/** A card that is missing or holds something else. */
export class ThresholdCardError extends Error {
  override readonly name = "ThresholdCardError";
}

/** What to expect of a threshold, with its uncertainty. */
export interface CardThreshold {
  /** The false accept rate that it keeps to on the pairs of the card. */
  readonly far: number;
  /** Squared distance below which two photos count as one person's. */
  readonly threshold: number;
  /** FAR that it has for other people of the same kind, by `bootstrap`; absent in cards of before 2026-11-30. */
  readonly farInterval?: Interval;
  /**
   * Interval of the threshold by `bootstrap`, and the abstain band: with other people of the same kind the threshold
   * would have come to lie somewhere in it, so a distance inside is not told either way. Absent, as all intervals, where people
   * were too few to resample.
   */
  readonly interval?: Interval;
  /** Share of same pairs that it accepts, and its interval. */
  readonly tar: number;
  readonly tarInterval?: Interval;
}

/** The thresholds of a model and what they hold for; written beside the model. */
export interface ThresholdCard {
  readonly format: "amface-threshold-card";
  readonly version: 1;
  readonly model: string;
  /** SHA-256 of the model's file, where it was given: thresholds hold for these weights only. */
  readonly modelSha256?: string;
  /** Of a card inside a model's file: SHA-256 of the file's tensors, which thresholds hold for. */
  readonly tensorsSha256?: string;
  readonly metric: "squared distance of L2-normalised embeddings";
  /** How mirrored crops join in. Thresholds of one way do not hold for another. */
  readonly flip: Flip;
  readonly measured: {
    readonly pairs: string;
    readonly same: number;
    readonly different: number;
    /** People that the pairs show, where they are known; absent in cards of before 2026-11-30. */
    readonly people?: number;
    readonly resampled: "identities" | "pairs";
    readonly level: number;
  };
  readonly thresholds: readonly CardThreshold[];
  /** How the crops were made, or null where it is not known. */
  readonly alignment: unknown;
  readonly warnings: readonly string[];
}

export interface CardOptions extends BootstrapOptions {
  readonly model: string;
  readonly modelSha256?: string;
  /** What the pairs are called. */
  readonly pairs: string;
  readonly flip: Flip;
  readonly alignment?: unknown;
}

/**
 * Thresholds for FARs of 0.1 to 1e-6, as far as the pairs can show them, with intervals and abstain bands.
 *
 * @throws {RangeError} When the table is not fit for `evaluate`.
 */
export function makeThresholdCard(table: DistanceTable, options: CardOptions): ThresholdCard {
  const { model, modelSha256, pairs, flip, alignment = null, ...resampling } = options;
  const { tarAtFar: intervals, resampled, level } = bootstrap(table, resampling);
  const thresholds = tarAtFar(table.distances, table.issame, FARS).flatMap(({ far, tar, threshold }, i) => {
    const { tar: tarInterval, threshold: interval, realised: farInterval } = intervals[i];
    if (tar === null || threshold === null) return [];
    const shown = tarInterval && interval && farInterval && { farInterval, interval, tarInterval };
    return [{ far, threshold, tar, ...shown }];
  });
  const people = countPeople(table);
  const same = table.issame.filter(Boolean).length;
  const different = table.issame.length - same;
  return {
    format: "amface-threshold-card",
    version: 1,
    model,
    ...(modelSha256 && { modelSha256 }),
    metric: "squared distance of L2-normalised embeddings",
    flip,
    measured: { pairs, same, different, ...(people !== undefined && { people }), resampled, level },
    thresholds,
    alignment,
    warnings: [
      ...farWarnings(
        thresholds.map(({ far }) => far),
        different,
      ),
      ...peopleWarnings(table),
    ],
  };
}

export interface Decision {
  /** Whether the distance is below the threshold. */
  readonly same: boolean;
  readonly threshold: number;
  readonly far: number;
  /** Where the card says, the FAR that the threshold has for other people. */
  readonly farInterval?: Interval;
  /** The abstain band, where the card has one. */
  readonly band?: Interval;
  /** `unsure` inside the band. */
  readonly decision: "same" | "different" | "unsure";
}

/**
 * Tells by a card whether two photos show one person.
 *
 * @param distance Squared distance of their embeddings.
 * @param far One of the card's FARs.
 * @throws {RangeError} When the card has no threshold for the FAR, or the distance is not one.
 */
export function decide(card: ThresholdCard, distance: number, far: number): Decision {
  if (!isSquaredDistance(distance)) {
    throw new RangeError(`Cannot decide: expected a squared distance, 0 to 4, got ${distance}`);
  }
  const { threshold, interval: band, ...entry } = entryAt(card, far);
  const same = distance < threshold;
  const unsure = band !== undefined && distance >= band[0] && distance < band[1];
  return {
    ...{ same, threshold, far: entry.far, decision: unsure ? "unsure" : same ? "same" : "different" },
    ...(band && { band }),
    ...(entry.farInterval && { farInterval: entry.farInterval }),
  };
}

/**
 * The squared distance below which a card tells two photos to show one person.
 *
 * @throws {RangeError} When the card has no threshold for the FAR.
 */
export const decisionThreshold = (card: ThresholdCard, far: number): number => entryAt(card, far).threshold;

function entryAt({ thresholds }: ThresholdCard, far: number): CardThreshold {
  const entry = thresholds.find((candidate) => Math.abs(candidate.far / far - 1) < 1e-6);
  if (entry !== undefined) return entry;
  const known = thresholds.map((candidate) => candidate.far).join(", ");
  throw new RangeError(
    known === ""
      ? `Cannot decide at FAR ${far}: expected a card with thresholds, got one without; measure it on more pairs`
      : `Cannot decide at FAR ${far}: expected one that the card has (${known}), got another`,
  );
}
