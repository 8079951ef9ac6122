import { checkFolds } from "../distances/check-distances.ts";
import { countFolds, countPairs, type Fold, type FoldCounts } from "./folds.ts";
import { gridThreshold, VALIDATION_GRID } from "./threshold-grid.ts";

export interface FoldValidation {
  /** Share of the fold's same pairs below the threshold; NaN for a fold without same pairs. */
  readonly val: number;
  /** Share of the fold's different pairs below it: what came of the FAR asked for; NaN without any. */
  readonly far: number;
  readonly threshold: number;
}

/**
 * Validation rate (VAL: TAR at a FAR) of each fold. The threshold is the one at which the other folds have
 * the FAR asked for, read off 0, 0.001, … 3.999 and interpolated linearly between the last threshold whose
 * FAR is not above it and the next.
 *
 * @param far The false accept rate asked for, above 0 and below 1.
 * @param counts Those of the folds on `VALIDATION_GRID`, where several FARs are asked of the same folds.
 * @throws {RangeError} When `far` is out of range, a distance is not finite, a class has no pairs, or a fold holds all the different pairs there are.
 */
export function validationRates(folds: readonly Fold[], far: number, counts?: FoldCounts): FoldValidation[] {
  if (!(far > 0 && far < 1)) {
    throw new RangeError(`Cannot compute validation rate: expected a FAR between 0 and 1, got ${far}`);
  }
  checkFolds(folds, 1);
  const counted = counts ?? countFolds(folds, VALIDATION_GRID);
  const total = countPairs(folds).different;
  return folds.map((fold, k) => {
    const others = total - fold.different.length;
    if (others === 0) {
      throw new RangeError(
        `Cannot choose a threshold for fold ${k + 1}: expected different pairs in another fold, got none`,
      );
    }
    const own = counted.folds[k].different;
    const farAt = (i: number) => (counted.all.different[i] - own[i]) / others;
    const threshold = crossing(farAt, own.length, far);
    return {
      val: shareBelow(fold.same, threshold),
      far: shareBelow(fold.different, threshold),
      threshold,
    };
  });
}

/** Where `rising` reaches `level` on the grid; its end where it never goes beyond. */
function crossing(rising: (i: number) => number, size: number, level: number): number {
  let i = 0;
  while (i + 1 < size && rising(i + 1) <= level) i++;
  const below = gridThreshold(VALIDATION_GRID, i);
  if (i + 1 === size) return below;
  const step = gridThreshold(VALIDATION_GRID, i + 1) - below;
  return below + (step * (level - rising(i))) / (rising(i + 1) - rising(i));
}

function shareBelow(distances: Float64Array, threshold: number): number {
  return distances.reduce((count, distance) => count + Number(distance < threshold), 0) / distances.length;
}
