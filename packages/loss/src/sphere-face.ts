import * as tf from "@tensorflow/tfjs-core";
import { cosineLogits } from "./cosine-logits.ts";
import { requireAtLeast } from "./expect.ts";
import { l2Norm } from "./l2-normalize.ts";
import { applyMargin, type Margin } from "./margin.ts";

/**
 * The multiplicative margin of SphereFace (arXiv:1704.08063, eq. 7): `ψ(θ) = (−1)ᵏ·cos(mθ) − 2k` for θ in
 * [kπ/m, (k+1)π/m], which falls from 1 to 1 − 2m. With annealing λ it is mixed with the plain cosine, as the paper's
 * training does: `(λ·cosθ + ψ(θ)) / (1 + λ)`.
 *
 * @param margin m, a whole number of 1 or more; 4 in the paper.
 * @param annealing λ, 0 (default) or more; see `sphereFaceAnnealing`. As a tensor, which is borrowed, an input of a recorded step.
 * @throws {RangeError} When one is out of its range; a tensor is not looked at.
 */
export function sphereFace(margin: number, annealing: number | tf.Scalar = 0): Margin {
  if (!(Number.isInteger(margin) && margin >= 1)) {
    throw new RangeError(`Cannot apply margin: expected a whole number of 1 or more, got ${margin}`);
  }
  if (typeof annealing === "number") requireAtLeast(0, "annealing", annealing);
  return (cosine_B) => {
    // cos(mθ) is a polynomial in cosθ, and so is its derivative: Chebyshev's of the first kind, m times the second.
    let [before_B, first_B]: tf.Tensor[] = [tf.onesLike(cosine_B), cosine_B];
    let [below_B, second_B]: tf.Tensor[] = [tf.zerosLike(cosine_B), tf.onesLike(cosine_B)];
    const twice_B = tf.mul(cosine_B, 2);
    let k_B: tf.Tensor = tf.zerosLike(cosine_B);
    for (let j = 1; j < margin; j++) {
      [before_B, first_B] = [first_B, tf.sub(tf.mul(twice_B, first_B), before_B)];
      [below_B, second_B] = [second_B, tf.sub(tf.mul(twice_B, second_B), below_B)];
      k_B = tf.add(k_B, tf.cast(tf.less(cosine_B, Math.cos((j * Math.PI) / margin)), "float32"));
    }
    const sign_B = tf.sub(1, tf.mul(2, tf.sub(k_B, tf.mul(2, tf.floor(tf.div(k_B, 2))))));
    const psi_B = tf.sub(tf.mul(sign_B, first_B), tf.mul(k_B, 2));
    const slope_B = tf.mul(tf.mul(sign_B, second_B), margin);
    const parts = tf.add(1, annealing);
    return {
      cosine_B: tf.div(tf.add(psi_B, tf.mul(cosine_B, annealing)), parts),
      slope_B: tf.div(tf.add(slope_B, annealing), parts),
    };
  };
}

/**
 * Logits of SphereFace's loss (arXiv:1704.08063, eq. 7): as `marginLogits`, but the scale of a row is the length of its
 * embedding, `‖x‖·ψ(θ)` and `‖x‖·cosθ`.
 *
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws As `marginLogits`.
 */
export function sphereFaceLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  { margin, annealing }: { readonly margin: number; readonly annealing?: number | tf.Scalar },
): tf.Tensor2D {
  return tf.tidy(() => {
    const cosine_BN = cosineLogits(embeddings_BD, head_DN);
    const logits_BN = applyMargin(cosine_BN, labels_B, sphereFace(margin, annealing));
    return tf.mul<tf.Tensor2D>(logits_BN, l2Norm(embeddings_BD, 1));
  });
}

export interface AnnealingOptions {
  /** λ at first. */
  readonly base?: number;
  readonly gamma?: number;
  readonly power?: number;
  /** Where λ stops to fall. */
  readonly least?: number;
}

/**
 * λ of `sphereFace` at a step: `max(least, base·(1 + gamma·step)^−power)`. The defaults are those of SphereFace's
 * published training: from 1,000, where the margin hardly counts, down to 5.
 */
export function sphereFaceAnnealing(
  step: number,
  { base = 1000, gamma = 0.12, power = 1, least = 5 }: AnnealingOptions = {},
): number {
  requireAtLeast(0, "step", step);
  return Math.max(least, base * (1 + gamma * step) ** -power);
}
