import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";
import { pick, replace, targetPlaces } from "./targets.ts";

/**
 * Softmax cross-entropy, the mean over the batch of `log Σⱼ exp(zⱼ) − z_label` in nats. The largest logit
 * of a row is subtracted before the exponential, so that no logit of float32 overflows.
 *
 * @param logits_BN `[B, N]` float32.
 * @param labels_B `[B]` int32 in 0..N-1.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When there is not one label a row and at least one row, or a label is outside 0..N-1.
 */
export function crossEntropy(logits_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Scalar {
  requireFloat("score", "logits", logits_BN, 2);
  return tf.customGrad((...args) => {
    const [logits_BN, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const places_B2 = targetPlaces("score", labels_B, logits_BN.shape);
    const logProbability_BN = tf.logSoftmax(logits_BN);
    const picked_B = pick(logProbability_BN, places_B2);
    save([logProbability_BN, places_B2, picked_B]);
    // By the logits: (probability − target) / B, in one pass where the chain's sums take an array of ones each.
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
      const [logProbability_BN, places_B2, picked_B] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const difference_BN = replace(tf.exp(logProbability_BN), places_B2, tf.expm1(picked_B));
      return tf.mul(difference_BN, tf.div(dy as tf.Scalar, logProbability_BN.shape[0]));
    };
    return { value: tf.neg(tf.mean<tf.Scalar>(picked_B)), gradFunc };
  })(logits_BN);
}
