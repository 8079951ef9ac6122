import * as tf from "@tensorflow/tfjs-core";
import { requireAtLeast, requireFloat } from "./expect.ts";
import { l2Norm } from "./l2-normalize.ts";
import type { Margin } from "./margin.ts";
import { inverseSine } from "./sine.ts";

/** Mean and deviation of the embeddings' lengths over the batches so far. */
export interface NormStatistics {
  readonly mean: number;
  readonly deviation: number;
}

/** Where AdaFace's published training starts its statistics. */
export const FIRST_NORM_STATISTICS: NormStatistics = { mean: 20, deviation: 100 };

export interface AdaFaceOptions {
  /** m, 0 or more; 0.4 in the paper. */
  readonly margin?: number;
  /** h, which widens the range of lengths that count as usual; above 0, 0.333 in the paper. */
  readonly concentration?: number;
  /** Numbers, or both as one tensor `[2]`, borrowed: a recorded step then has them as an input. */
  readonly statistics: NormStatistics | tf.Tensor1D;
}

/**
 * The margin of AdaFace (arXiv:2204.00964, eq. 7 to 11), which depends on how long an embedding is, a sign of the
 * photo's quality: with `ẑ = clip((‖x‖ − μ)/σ·h, −1, 1)` it is `cos(θ − m·ẑ) − (m·ẑ + m)`. Long embeddings get a margin
 * off the cosine, short ones an angle that spares hard photos. The angle θ − m·ẑ is kept within [0, π]. No gradient
 * flows through the lengths.
 *
 * @param embeddings_BD `[B, D]` float32, of the length that the net gave them; borrowed, must outlive the margin.
 * @throws {RangeError} When an option is out of its range; statistics in a tensor are not looked at.
 */
export function adaFace(
  embeddings_BD: tf.Tensor2D,
  { margin = 0.4, concentration = 0.333, statistics }: AdaFaceOptions,
): Margin {
  requireAtLeast(0, "margin", margin);
  const isTensor = statistics instanceof tf.Tensor;
  if (!(concentration > 0 && (isTensor || statistics.deviation >= 0))) {
    const got = `${concentration} and ${isTensor ? "a tensor" : statistics.deviation}`;
    throw new RangeError(
      `Cannot apply margin: expected a concentration above 0 and a deviation of 0 or more, got ${got}`,
    );
  }
  return (cosine_B) => {
    const length_B = lengthsOf(embeddings_BD);
    const { mean, deviation } = isTensor ? asScalars(statistics) : statistics;
    const unit = tf.div(concentration, tf.add(deviation, 1e-3));
    const quality_B = tf.clipByValue(tf.mul(tf.sub(length_B, mean), unit), -1, 1);
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

function asScalars(statistics_2: tf.Tensor1D) {
  const [mean, deviation] = tf.unstack(statistics_2);
  return { mean, deviation };
}

/**
 * The statistics after another batch: a moving average of the lengths' mean and standard deviation.
 *
 * @param embeddings_BD `[B, D]` float32, two rows or more. Waits for their values.
 * @param momentum Share of the old statistics that stays, in [0, 1]; 0.99 in the paper.
 */
export function updateNormStatistics(
  embeddings_BD: tf.Tensor2D,
  previous: NormStatistics,
  momentum = 0.99,
): NormStatistics {
  requireFloat("measure", "embeddings", embeddings_BD, 2);
  const lengths = tf.tidy(() => Array.from(lengthsOf(embeddings_BD).dataSync()));
  if (lengths.length < 2)
    throw new RangeError(`Cannot measure embeddings: expected 2 rows or more, got ${lengths.length}`);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const squares = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (lengths.length - 1));
  return {
    mean: momentum * previous.mean + (1 - momentum) * mean,
    deviation: momentum * previous.deviation + (1 - momentum) * deviation,
  };
}

/** Lengths `[B]`; the published training keeps them within 0.001 and 100. */
function lengthsOf(embeddings_BD: tf.Tensor2D): tf.Tensor1D {
  return tf.clipByValue(tf.squeeze<tf.Tensor1D>(l2Norm(embeddings_BD, 1), [1]), 1e-3, 100);
}
