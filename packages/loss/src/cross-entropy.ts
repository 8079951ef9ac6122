import * as tf from "@tensorflow/tfjs-core";
import { requireFloat, requireIdentities, requireLabels } from "./expect.ts";

/**
 * Softmax cross-entropy, the mean over the batch of `log Σⱼ exp(zⱼ) − z_label` in nats. The largest logit
 * of a row is subtracted before the exponential, so that no logit of float32 overflows.
 *
 * A label outside 0..N-1 cannot be seen without waiting for the device. It makes the loss and the row's
 * gradient NaN, so that a caller who checks for a finite loss catches it; the row never counts as learnt.
 *
 * @param logits_BN `[B, N]` float32.
 * @param labels_B `[B]` int32 in 0..N-1.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree, or there is no row or only one identity.
 */
export function crossEntropy(logits_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Scalar {
  requireFloat("score", "logits", logits_BN, 2);
  requireLabels("score", labels_B, logits_BN.shape[0]);
  requireIdentities("score", "logits", logits_BN.shape);
  return tf.customGrad((...args) => {
    const [logits_BN, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const target_BN = tf.oneHot(labels_B, logits_BN.shape[1], 1, 0, "float32");
    // tfjs encodes a label out of range as a row of zeros: the count is 1, or 0 there, and 0/0 is NaN.
    const count_B1 = tf.sum(target_BN, 1, true);
    const logProbability_BN = tf.logSoftmax(logits_BN);
    const picked_B1 = tf.sum(tf.mul(logProbability_BN, target_BN), 1, true);
    save([logProbability_BN, target_BN, count_B1]);
    // By the logits: (probability − target) / B, in one pass where the chain's sums take an array of ones each.
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
      const [logProbability_BN, target_BN, count_B1] = saved;
      const share = tf.div(tf.div(dy as tf.Scalar, logProbability_BN.shape[0]), count_B1);
      return tf.mul(tf.sub(tf.mul(tf.exp(logProbability_BN), count_B1), target_BN), share);
    };
    return { value: tf.neg(tf.mean<tf.Scalar>(tf.div(picked_B1, count_B1))), gradFunc };
  })(logits_BN);
}
