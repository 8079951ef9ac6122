import type { SortedDistances } from "../distances/sorted-distances.ts";
import { countLess } from "../distances/sorted-distances.ts";
import { templateDistances } from "../distances/template-distances.ts";
import type { UnitRows } from "../distances/unit-rows.ts";
import type { TemplatePairs } from "../lists/read-ijb.ts";
import { type MinDcf, minDcf, type NistDcf, nistDcfs } from "./detection-cost.ts";
import { areaUnder, equalErrorRate, type Roc, sortedRoc } from "./roc.ts";
import { wilson } from "./summary.ts";
import { FARS, farWarnings, sortedTarAtFar, type TarAtFar } from "./tar-at-far.ts";

/** Verification (1:1) of listed pairs of templates. */
export interface TemplateVerification {
  readonly pairs: { readonly same: number; readonly different: number };
  /** `ci95`: Wilson's 95 % interval at this threshold, pairs taken for independent. */
  readonly tarAtFar: readonly (TarAtFar & { readonly ci95: readonly [number, number] | null })[];
  readonly auc: number;
  readonly eer: number;
  readonly minDcf: MinDcf;
  readonly nistDcf: readonly NistDcf[];
  readonly warnings: readonly string[];
  /** The exact curve. */
  readonly roc: Roc;
}

/**
 * Verification of templates at FARs from 0.1 to 1e-6: at each the largest TAR whose FAR is not above it. (insightface takes the
 * point of the curve whose FAR is nearest, which may be above.)
 *
 * @param units One row a template.
 * @throws {RangeError} When all pairs are of one class.
 */
export function verifyTemplates(units: UnitRows, pairs: TemplatePairs): TemplateVerification {
  const sorted: SortedDistances = templateDistances(units, pairs);
  const roc = sortedRoc(sorted);
  const { same, different } = sorted;
  return {
    pairs: { same: same.length, different: different.length },
    tarAtFar: sortedTarAtFar(sorted, FARS).map((at) => ({
      ...at,
      ci95: at.threshold === null ? null : wilson(countLess(same, at.threshold), same.length),
    })),
    auc: areaUnder(roc),
    eer: equalErrorRate(roc),
    minDcf: minDcf(roc),
    nistDcf: nistDcfs(roc),
    warnings: farWarnings(FARS, different.length),
    roc,
  };
}
