import * as tf from "@tensorflow/tfjs-core";
import { embeddingLengths, requireLengths } from "./embedding-lengths.ts";
import { requireAtLeast } from "./expect.ts";
import type { Margin } from "./margin.ts";
import { inverseSine } from "./sine.ts";

/** Where AdaFace's published training starts its statistics: mean and deviation of the embeddings' lengths. */
export const FIRST_NORM_STATISTICS = [20, 100] as const;

export interface AdaFaceOptions {
  /** m, 0 or more; 0.4 in the paper. */
  readonly margin?: number;
  /** h, which widens the range of lengths that count as usual; above 0, 0.333 in the paper. */
  readonly concentration?: number;
  /**
   * Mean and deviation of the embeddings' lengths over the batches so far, this one included (`updateNormStatistics`):
   * `[2]` float32 for all rows, or `[B, 2]`. Borrowed, must outlive the margin.
   */
  readonly statistics: tf.Tensor;
}

/**
 * The margin of AdaFace (arXiv:2204.00964, eq. 7 to 11), which depends on how long an embedding is, a sign of the
 * photo's quality: with `ẑ = clip((‖x‖ − μ)/σ·h, −1, 1)` it is `cos(θ − m·ẑ) − (m·ẑ + m)`. Long embeddings get a margin
 * off the cosine, short ones an angle that spares hard photos. The angle θ − m·ẑ is kept within [0, π]. No gradient
 * flows through the lengths.
 *
 * @throws {RangeError} When an option is out of its range.
 */
export function adaFace({ margin = 0.4, concentration = 0.333, statistics }: AdaFaceOptions): Margin {
  requireAtLeast(0, "margin", margin);
  if (!(concentration > 0)) {
    throw new RangeError(`Cannot apply margin: expected a concentration above 0, got ${concentration}`);
  }
  return (cosine_B, length_B) => {
    const [mean_B, deviation_B] = tf.split(statistics, 2, -1).map((part) => tf.reshape(part, [-1]));
    const unit_B = tf.div(concentration, tf.add(deviation_B, 1e-3));
    const offset_B = tf.sub(clipLengths(requireLengths(length_B)), mean_B);
    const quality_B = tf.clipByValue(tf.mul(offset_B, unit_B), -1, 1);
    const shifted_B = tf.sub(tf.acos(cosine_B), tf.mul(quality_B, margin));
    const angle_B = tf.clipByValue(shifted_B, 0, Math.PI);
    const inside_B = tf.cast(tf.equal(shifted_B, angle_B), "float32");
    const square_B = tf.mul(tf.sub(1, cosine_B), tf.add(1, cosine_B));
    return {
      cosine_B: tf.sub(tf.cos(angle_B), tf.mul(tf.add(quality_B, 1), margin)) as tf.Tensor1D,
      slope_B: tf.mul(tf.mul(tf.sin(angle_B), inverseSine(square_B)), inside_B),
    };
  };
}

/**
 * The statistics after another batch: a moving average of the lengths' mean and standard deviation. No gradient flows
 * through them.
 *
 * @param embeddings_BD `[B, D]` float32, two rows or more.
 * @param previous_2 `[2]` float32: `FIRST_NORM_STATISTICS` before the first batch.
 * @param momentum Share of the old statistics that stays, in [0, 1]; 0.99 in the paper.
 * @returns `[2]` float32: mean and deviation; the caller disposes it.
 * @throws {RangeError} When there are fewer rows.
 */
export function updateNormStatistics(
  embeddings_BD: tf.Tensor2D,
  previous_2: tf.Tensor1D,
  momentum = 0.99,
): tf.Tensor1D {
  const rows = embeddings_BD.shape[0];
  if (rows < 2) throw new RangeError(`Cannot measure embeddings: expected 2 rows or more, got ${rows}`);
  return tf.tidy(() => {
    const length_B = clipLengths(embeddingLengths(embeddings_BD));
    const mean = tf.mean(length_B);
    const deviation = tf.sqrt(tf.div(tf.sum(tf.square(tf.sub(length_B, mean))), rows - 1));
    const batch_2 = tf.stack([mean, deviation]);
    return tf.add<tf.Tensor1D>(tf.mul(previous_2, momentum), tf.mul(batch_2, 1 - momentum));
  });
}

/** The published training keeps lengths within 0.001 and 100. */
const clipLengths = (length_B: tf.Tensor1D): tf.Tensor1D => tf.clipByValue(length_B, 1e-3, 100);
