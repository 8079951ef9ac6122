import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";
import { checkLabels } from "./targets.ts";

/**
 * Center loss (Wen et al., ECCV 2016, eq. 2) as the reference computes it: the mean over all B·D values of
 * `(x − c)²`, c being the centre of the row's identity. No gradient flows to the centres: `nextCenters` moves them.
 *
 * @param embeddings_BD `[B, D]` float32.
 * @param labels_B `[B]` int32 in 0..N-1.
 * @param centers_ND `[N, D]` float32, a row an identity; zeros at first.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree or a label is outside 0..N-1.
 */
export function centerLoss(
  embeddings_BD: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  centers_ND: tf.Tensor2D,
): tf.Scalar {
  checkCenters(embeddings_BD, labels_B, centers_ND);
  return tf.customGrad((...args) => {
    const [x_BD, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const difference_BD = tf.sub(x_BD, tf.gather(centers_ND, labels_B));
    save([difference_BD]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], [difference_BD]: tf.Tensor[]) =>
      tf.mul(difference_BD, tf.mul(dy as tf.Scalar, 2 / difference_BD.size));
    return { value: tf.mean<tf.Scalar>(tf.square(difference_BD)), gradFunc };
  })(embeddings_BD);
}

/**
 * The centres after a batch: each takes a step of `1 − alfa` of the way to every one of its embeddings, which add up
 * where an identity comes more than once.
 *
 * @param alfa Share of the old centre that stays, in [0, 1]; 0.95 in the reference.
 * @returns `[N, D]` float32; the caller disposes it.
 * @throws As `centerLoss`; {RangeError} when `alfa` is outside [0, 1].
 */
export function nextCenters(
  embeddings_BD: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  centers_ND: tf.Tensor2D,
  alfa = 0.95,
): tf.Tensor2D {
  checkCenters(embeddings_BD, labels_B, centers_ND);
  if (!(alfa >= 0 && alfa <= 1))
    throw new RangeError(`Cannot move centres: expected alfa in [0, 1], got ${alfa}`);
  return tf.tidy(() => {
    const step_BD = tf.mul(tf.sub(tf.gather(centers_ND, labels_B), embeddings_BD), 1 - alfa);
    const step_ND = tf.unsortedSegmentSum(step_BD, labels_B, centers_ND.shape[0]);
    return tf.sub<tf.Tensor2D>(centers_ND, step_ND);
  });
}

function checkCenters(embeddings_BD: tf.Tensor2D, labels_B: tf.Tensor1D, centers_ND: tf.Tensor2D): void {
  requireFloat("compare", "embeddings", embeddings_BD, 2);
  requireFloat("compare", "centres", centers_ND, 2);
  if (embeddings_BD.shape[1] !== centers_ND.shape[1]) {
    const got = `[${embeddings_BD.shape}] and [${centers_ND.shape}]`;
    throw new RangeError(`Cannot compare embeddings with centres: expected [B, D] and [N, D], got ${got}`);
  }
  checkLabels(labels_B, [embeddings_BD.shape[0], centers_ND.shape[0]], "compare");
}
