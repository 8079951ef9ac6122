import { checkSorted } from "../distances/check-distances.ts";
import { countLess, type SortedDistances, sortDistances } from "../distances/sorted-distances.ts";

/** The FARs at which evaluations report. */
export const FARS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;

export interface TarAtFar {
  /** The false accept rate that must not be exceeded. */
  readonly far: number;
  /** Largest true accept rate at that FAR or below; null where one different pair is already more. */
  readonly tar: number | null;
  /** The squared distance below which pairs are accepted for it; null likewise. */
  readonly threshold: number | null;
}

/**
 * TAR at given FARs on the exact ROC over all pairs. It chooses thresholds on the pairs that it reports on,
 * so it is a description of them and not, as VAL is, an estimate for others.
 *
 * @param fars Rates above 0, 1 at most. One below `1 / different pairs` cannot be measured; its TAR is null.
 * @throws {RangeError} When the lists differ in length, a distance is not finite, a class has no pairs, or a FAR is out
 *   of range.
 */
export function tarAtFar(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  fars: readonly number[],
): TarAtFar[] {
  return sortedTarAtFar(sortDistances(distances, issame), fars);
}

/**
 * `tarAtFar` of distances that are sorted already.
 *
 * @throws {RangeError} As `tarAtFar` does.
 */
export function sortedTarAtFar({ same, different }: SortedDistances, fars: readonly number[]): TarAtFar[] {
  checkSorted({ same, different });
  return fars.map((far) => {
    checkFar(far);
    const accepts = allowedAccepts(far, different.length);
    if (accepts < 1) return { far, tar: null, threshold: null };
    // At the distance of the first different pair that is one too many, exactly those before it are below.
    const threshold = different[accepts] ?? Infinity;
    return { far, tar: countLess(same, threshold) / same.length, threshold };
  });
}

/** @throws {RangeError} When it is none. */
export function checkFar(far: number): void {
  if (far > 0 && far <= 1) return;
  throw new RangeError(`Cannot measure at a FAR: expected a rate above 0, 1 at most, got ${far}`);
}

/** Largest number of false accepts that keeps to a FAR. */
export function allowedAccepts(far: number, different: number): number {
  return Math.floor(far * (1 + 1e-9) * different); // a little more, because 0.001 · 3000 may round below 3
}

/** Errors that a rate must rest on to be known within ±30 % at 90 % confidence (Doddington et al., 2000). */
const RULE_OF_30 = 30;

/**
 * What to say of FARs that these pairs are too few for: one that is not measurable at all (less than one false
 * accept), or one that rests on fewer than 30, the "rule of 30" of Doddington et al. (Speech Communication 31,
 * 2000). Empty where all can be trusted.
 */
export function farWarnings(fars: readonly number[], different: number): string[] {
  const list = (chosen: readonly number[]) => chosen.map((far) => far.toExponential(0)).join(", ");
  const allowed = (far: number) => allowedAccepts(far, different);
  const unmeasurable = fars.filter((far) => allowed(far) < 1);
  const uncertain = fars.filter((far) => allowed(far) >= 1 && allowed(far) < RULE_OF_30);
  const warnings: string[] = [];
  if (unmeasurable.length > 0) {
    const needed = Math.ceil(1 / Math.min(...unmeasurable));
    warnings.push(
      `${different} different pairs cannot show a FAR of ${list(unmeasurable)}: ${needed} or more are needed for all`,
    );
  }
  if (uncertain.length > 0) {
    warnings.push(
      `TAR and VAL at a FAR of ${list(uncertain)} rest on fewer than ${RULE_OF_30} false accepts among ${different} ` +
        "different pairs: read their intervals",
    );
  }
  return warnings;
}
