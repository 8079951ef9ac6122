/**
 * Probability of a face from its logit against "no face", in float32 as the reference computes it: scores
 * that round to 1 there must tie here too.
 */
export function faceScore(logit: number): number {
  return Math.fround(1 / (1 + Math.exp(-logit)));
}
