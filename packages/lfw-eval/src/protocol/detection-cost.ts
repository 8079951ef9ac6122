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

/** A cost by which NIST's evaluations rank. */
export interface NistDcf {
  readonly name: string;
  /** Mean of the costs at the points, each at a threshold of its own. */
  readonly value: number;
  readonly points: readonly (MinDcf & Required<CostModel>)[];
}

const point = (targetPrior: number, missCost = 1) => ({ targetPrior, missCost, falseAcceptCost: 1 });

/**
 * The points of NIST's speaker recognition evaluations, by their plans: 2008 (C_miss 10, prior 0.01), 2010 (prior 0.001), 2012 (the
 * mean of priors 0.01 and 0.001) and 2016 (the mean of 0.01 and 0.005); a false accept costs 1. NIST's
 * tests of face recognition state no such cost but FNMR at a FMR, which is 1 − TAR at a FAR.
 */
const NIST_POINTS = {
  "SRE 2008": [point(0.01, 10)],
  "SRE 2010": [point(0.001)],
  "SRE 2012": [point(0.01), point(0.001)],
  "SRE 2016": [point(0.01), point(0.005)],
} as const;

/**
 * `minDcf` at the points of NIST's evaluations.
 *
 * @param roc The exact curve.
 * @throws {RangeError} When a rate is NaN.
 */
export function nistDcfs(roc: Roc): NistDcf[] {
  return Object.entries(NIST_POINTS).map(([name, models]) => {
    const points = models.map((model) => ({ ...model, ...minDcf(roc, model) }));
    return { name, value: points.reduce((sum, { value }) => sum + value, 0) / points.length, points };
  });
}
