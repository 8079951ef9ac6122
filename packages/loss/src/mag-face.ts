import * as tf from "@tensorflow/tfjs-core";
import { embeddingLengths, requireLengths } from "./embedding-lengths.ts";
import { requireAtLeast } from "./expect.ts";
import type { Margin } from "./margin.ts";
import { sineOf } from "./sine.ts";

export interface MagFaceOptions {
  /** l_a, the length of the poorest photo's embedding; above 0, 10 in the paper. */
  readonly lowerLength?: number;
  /** u_a, that of the best one's; more than l_a, 110 in the paper. */
  readonly upperLength?: number;
  /** l_m, the margin at l_a, in radians; 0.45 in the paper. */
  readonly lowerMargin?: number;
  /** u_m, the margin at u_a, in radians from l_m to below π; 0.8 in the paper. */
  readonly upperMargin?: number;
}

/**
 * The margin of MagFace (arXiv:2103.06627, eq. 3): `cos(θ + m(a))` with `m(a) = l_m + (u_m − l_m)·(a − l_a)/(u_a − l_a)`
 * of the embedding's length a, kept within [l_a, u_a]. Gradients flow through the length too: with the penalty
 * (`magFacePenalty`) easy photos get long embeddings. Where θ + m > π it is `cosθ − m·sin m`, as ArcFace's.
 *
 * @throws {RangeError} When an option is out of its range.
 */
export function magFace({
  lowerLength = 10,
  upperLength = 110,
  lowerMargin = 0.45,
  upperMargin = 0.8,
}: MagFaceOptions = {}): Margin {
  requireLengthRange(lowerLength, upperLength);
  requireAtLeast(0, "lower margin", lowerMargin, Math.PI);
  requireAtLeast(lowerMargin, "upper margin", upperMargin, Math.PI);
  const rise = (upperMargin - lowerMargin) / (upperLength - lowerLength);
  return (cosine_B, length_B) => {
    const given_B = requireLengths(length_B);
    const kept_B = tf.clipByValue(given_B, lowerLength, upperLength);
    const margin_B = tf.add(tf.mul(tf.sub(kept_B, lowerLength), rise), lowerMargin);
    const rises_B = tf.mul(tf.cast(tf.equal(kept_B, given_B), "float32"), rise);
    const [cosM_B, sinM_B] = [tf.cos(margin_B), tf.sin(margin_B)];
    const { sine_B, slope_B } = sineOf(cosine_B);
    const inside_B = tf.greater(cosine_B, tf.neg(cosM_B)); // θ + m < π
    const where = (inside: tf.Tensor, past: tf.Tensor) => tf.where(inside_B, inside, past) as tf.Tensor1D;
    return {
      cosine_B: where(
        tf.sub(tf.mul(cosine_B, cosM_B), tf.mul(sine_B, sinM_B)),
        tf.sub(cosine_B, tf.mul(margin_B, sinM_B)),
      ),
      slope_B: where(tf.sub(cosM_B, tf.mul(slope_B, sinM_B)), tf.onesLike(cosine_B)),
      // d/dm: −sin(θ + m), and −(sin m + m·cos m) past π.
      lengthSlope_B: tf.mul(
        tf.neg(
          where(
            tf.add(tf.mul(sine_B, cosM_B), tf.mul(cosine_B, sinM_B)),
            tf.add(sinM_B, tf.mul(margin_B, cosM_B)),
          ),
        ),
        rises_B,
      ),
    };
  };
}

/**
 * MagFace's penalty (arXiv:2103.06627, eq. 3, g): the mean of `1/a + a/u_a²` over the embeddings' lengths a, kept within
 * [l_a, u_a]. It pulls lengths up to u_a; its factor is λ_g, 35 in the paper.
 *
 * @param embeddings_BD `[B, D]` float32, of the length that the net gave them.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When it has another dtype or rank. {RangeError} When an option is out of its range.
 */
export function magFacePenalty(
  embeddings_BD: tf.Tensor2D,
  { lowerLength = 10, upperLength = 110 }: Pick<MagFaceOptions, "lowerLength" | "upperLength"> = {},
): tf.Scalar {
  requireLengthRange(lowerLength, upperLength);
  return tf.tidy(() => {
    const length_B = tf.clipByValue(embeddingLengths(embeddings_BD), lowerLength, upperLength);
    return tf.mean<tf.Scalar>(tf.add(tf.reciprocal(length_B), tf.div(length_B, upperLength ** 2)));
  });
}

function requireLengthRange(lower: number, upper: number): void {
  if (lower > 0 && upper > lower && upper < Infinity) return;
  throw new RangeError(
    `Cannot apply margin: expected lengths of which the lower is above 0 and the upper more, got ${lower} and ${upper}`,
  );
}
