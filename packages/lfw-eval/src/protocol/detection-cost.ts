import type { Roc } from "./roc.ts";

/** What errors cost, and how often pairs are of one person where the model is used. */
export interface CostModel {
  /** Prior probability of a same pair, above 0 and below 1 (default 0.01). */
  readonly targetPrior?: number;
  /** Cost of rejecting a same pair (default 1). */
  readonly missCost?: number;
  /** Cost of accepting a different pair (default 1). */
  readonly falseAcceptCost?: number;
}

export interface MinDcf {
  /** The smallest cost over all thresholds, 1 being that of a system that always answers the same. */
  readonly value: number;
  /** The squared distance where it is reached; infinite where accepting everybody is cheapest. */
  readonly threshold: number;
  readonly targetPrior: number;
}

/**
 * The smallest normalised detection cost (minDCF of NIST's speaker recognition evaluations):
 * `min_t [C_miss π (1 − TAR(t)) + C_fa (1 − π) FAR(t)] / min(C_miss π, C_fa (1 − π))`.
 *
 * @param roc The exact curve.
 * @throws {RangeError} When the prior is not between 0 and 1, a cost is not above 0, or a rate is NaN.
 */
export function minDcf(
  { threshold, far, tar }: Roc,
  { targetPrior = 0.01, missCost = 1, falseAcceptCost = 1 }: CostModel = {},
): MinDcf {
  if (!(targetPrior > 0 && targetPrior < 1 && missCost > 0 && falseAcceptCost > 0)) {
    throw new RangeError(
      "Cannot compute minDCF: expected a prior between 0 and 1 and costs above 0, got prior " +
        `${targetPrior}, costs ${missCost} and ${falseAcceptCost}`,
    );
  }
  const miss = missCost * targetPrior;
  const falseAccept = falseAcceptCost * (1 - targetPrior);
  let [best, at] = [Infinity, 0];
  for (let i = 0; i < far.length; i++) {
    const cost = miss * (1 - tar[i]) + falseAccept * far[i];
    if (Number.isNaN(cost)) throw new RangeError("Cannot compute minDCF: expected rates, got NaN");
    if (cost < best) [best, at] = [cost, i];
  }
  return { value: best / Math.min(miss, falseAccept), threshold: threshold[at], targetPrior };
}
