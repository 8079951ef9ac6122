import { checkFinite } from "../distances/check-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { wilson } from "./summary.ts";
import type { TarAtFar } from "./tar-at-far.ts";

/** Errors of pairs below this number say little about a group. */
const ENOUGH_ERRORS = 10;

/** A share of pairs told wrong. */
export interface ErrorRate {
  readonly pairs: number;
  readonly errors: number;
  /** null where there are no pairs. */
  readonly rate: number | null;
  /** Wilson's 95 % interval, pairs taken for independent. */
  readonly ci95: readonly [number, number];
  /** Whether the rate rests on ten errors or more. */
  readonly meaningful: boolean;
}

/** A share of pairs told right. */
export interface HitRate {
  readonly pairs: number;
  readonly hits: number;
  /** null where there are no pairs. */
  readonly rate: number | null;
  /** Wilson's 95 % interval, pairs taken for independent. */
  readonly ci95: readonly [number, number];
}

/** How one group fares at thresholds that are the same for all. */
export interface Subgroup {
  readonly group: string;
  /** Share of pairs, same and different, that are told right. */
  readonly accuracy: HitRate;
  /** Share of same pairs accepted at the thresholds that give all pairs together a FAR. */
  readonly tarAtFar: readonly (HitRate & { readonly far: number })[];
  /** Share of different pairs within the group that are accepted (false match rate). */
  readonly fmr: ErrorRate;
  /** Share of same pairs that are rejected (false non-match rate). */
  readonly fnmr: ErrorRate;
}

/**
 * Accuracy, TAR, false match and false non-match rates by group. A pair belongs to the group that both of its photos have; pairs
 * across groups are counted as `mixed`, those of which a photo has none as `unknown`.
 *
 * @param groupOf The group of a photo, given its name and identity, or undefined.
 * @param threshold Squared distance below which a pair is accepted: the same for all groups.
 * @param fars FARs with the thresholds that all pairs have for them (`tarAtFar`); those without a threshold are left out.
 * @returns Groups in the order of their names, `mixed` and `unknown` last and only where there are such pairs.
 * @throws {RangeError} When the table does not know its photos, or a distance is not finite.
 */
export function subgroupRates(
  { distances, issame, photos, identities }: DistanceTable,
  groupOf: (photo: string, identity: string) => string | undefined,
  threshold: number,
  fars: readonly Pick<TarAtFar, "far" | "threshold">[] = [],
): Subgroup[] {
  if (photos === undefined || identities === undefined) {
    throw new RangeError(
      "Cannot tell groups apart: expected a table with photos and identities, got distances only; " +
        "evaluate a model, or distances that amface eval wrote",
    );
  }
  checkFinite(distances, issame);
  const distancesOf = new Map<string, { same: number[]; different: number[] }>();
  issame.forEach((same, p) => {
    const [a, b] = photos[p].map((photo, i) => groupOf(photo, identities[p][i]));
    const group = a === undefined || b === undefined ? UNKNOWN : a === b ? a : MIXED;
    const ofGroup = distancesOf.get(group) ?? { same: [], different: [] };
    distancesOf.set(group, ofGroup);
    ofGroup[same ? "same" : "different"].push(distances[p]);
  });
  const below = (list: readonly number[], limit: number) => list.filter((d) => d < limit).length;
  const last = (group: string) => [MIXED, UNKNOWN].indexOf(group);
  return [...distancesOf]
    .sort(([a], [b]) => last(a) - last(b) || (a < b ? -1 : 1))
    .map(([group, { same, different }]) => {
      const accepted = below(different, threshold);
      const rejected = same.length - below(same, threshold);
      const pairs = same.length + different.length;
      return {
        group,
        accuracy: hitRate(pairs - accepted - rejected, pairs),
        tarAtFar: fars.flatMap(({ far, threshold }) =>
          threshold === null ? [] : [{ far, ...hitRate(below(same, threshold), same.length) }],
        ),
        fmr: errorRate(accepted, different.length),
        fnmr: errorRate(rejected, same.length),
      };
    });
}

const hitRate = (hits: number, pairs: number): HitRate => ({
  pairs,
  hits,
  rate: pairs === 0 ? null : hits / pairs,
  ci95: wilson(hits, pairs),
});

const MIXED = "mixed";
const UNKNOWN = "unknown";

/** An error rate with its interval. */
export function errorRate(errors: number, pairs: number): ErrorRate {
  return {
    pairs,
    errors,
    rate: pairs === 0 ? null : errors / pairs,
    ci95: wilson(errors, pairs),
    meaningful: errors >= ENOUGH_ERRORS,
  };
}
