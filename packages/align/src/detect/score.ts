/**
 * Probability of a face: the softmax over a net's two logits, in float32 as the reference computes it.
 * Many scores of clear faces round to the same number there, and the suppression's choice among them
 * depends on it.
 */
export function faceScore(noFace: number, face: number): number {
  const largest = Math.max(noFace, face);
  const a = Math.fround(Math.exp(Math.fround(noFace - largest)));
  const b = Math.fround(Math.exp(Math.fround(face - largest)));
  return Math.fround(b / Math.fround(a + b));
}

/** What `faceScore` makes a score of, with 0 for no face. @param score Between 0 and 1. */
export const logitOf = (score: number) => Math.log(score / (1 - score));
