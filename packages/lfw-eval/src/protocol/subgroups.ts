import { checkFinite } from "../distances/check-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { wilson } from "./summary.ts";

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

/** Error rates of one group at one threshold for all. */
export interface Subgroup {
  readonly group: string;
  /** Share of different pairs within the group that are accepted (false match rate). */
  readonly fmr: ErrorRate;
  /** Share of same pairs that are rejected (false non-match rate). */
  readonly fnmr: ErrorRate;
}

/**
 * False match and false non-match rates by group. A pair belongs to the group that both of its photos have; pairs
 * across groups are counted as `mixed`, those of which a photo has none as `unknown`.
 *
 * @param groupOf The group of a photo, given its name and identity, or undefined.
 * @param threshold Squared distance below which a pair is accepted: the same for all groups.
 * @returns Groups in the order of their names, `mixed` and `unknown` last and only where there are such pairs.
 * @throws {RangeError} When the table does not know its photos, or a distance is not finite.
 */
export function subgroupRates(
  { distances, issame, photos, identities }: DistanceTable,
  groupOf: (photo: string, identity: string) => string | undefined,
  threshold: number,
): Subgroup[] {
  if (photos === undefined || identities === undefined) {
    throw new RangeError(
      "Cannot tell groups apart: expected a table with photos and identities, got distances only; " +
        "evaluate a model, or distances that amface eval wrote",
    );
  }
  checkFinite(distances, issame);
  const counts = new Map<string, { same: number; rejected: number; different: number; accepted: number }>();
  issame.forEach((same, p) => {
    const [a, b] = photos[p].map((photo, i) => groupOf(photo, identities[p][i]));
    const group = a === undefined || b === undefined ? UNKNOWN : a === b ? a : MIXED;
    const count = counts.get(group) ?? { same: 0, rejected: 0, different: 0, accepted: 0 };
    counts.set(group, count);
    count[same ? "same" : "different"]++;
    if (distances[p] < threshold !== same) count[same ? "rejected" : "accepted"]++;
  });
  const last = (group: string) => [MIXED, UNKNOWN].indexOf(group);
  return [...counts]
    .sort(([a], [b]) => last(a) - last(b) || (a < b ? -1 : 1))
    .map(([group, { same, rejected, different, accepted }]) => ({
      group,
      fmr: errorRate(accepted, different),
      fnmr: errorRate(rejected, same),
    }));
}

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
