import * as tf from "@tensorflow/tfjs-core";
import { requireAtLeast, requireFloat, requireLabels } from "./expect.ts";

/**
 * Triplet loss with the hardest triplets of the batch (arXiv:1703.07737, eq. 5), on squared distances as the
 * reference's (arXiv:1503.03832, eq. 2): for each row, `max(0, d₊ − d₋ + margin)`, d₊ being the distance to the farthest
 * row of its identity and d₋ that to the nearest row of another; the mean over the rows that have both.
 *
 * @param embeddings_BD `[B, D]` float32; FaceNet's are normalised before.
 * @param labels_B `[B]` int32, whatever numbers the identities have.
 * @param margin 0 or more; 0.2 in FaceNet.
 * @returns A float32 scalar, 0 where no row has both; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When there is not one label a row and at least one row, or the margin is out of its range.
 */
export function batchHardTripletLoss(
  embeddings_BD: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  margin = 0.2,
): tf.Scalar {
  requireFloat("compare", "embeddings", embeddings_BD, 2);
  requireLabels("compare", labels_B, embeddings_BD.shape[0]);
  requireAtLeast(0, "margin", margin);
  return tf.customGrad((...args) => {
    const [x_BD, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const { farthest_B, nearest_B, both_B } = hardestTriplets(x_BD, labels_B);
    const [positive_BD, negative_BD] = [tf.gather(x_BD, farthest_B), tf.gather(x_BD, nearest_B)];
    const squared_B = (others_BD: tf.Tensor2D) => tf.sum(tf.square(tf.sub(x_BD, others_BD)), 1);
    const excess_B = tf.relu(tf.add(tf.sub(squared_B(positive_BD), squared_B(negative_BD)), margin));
    const rows = tf.maximum(tf.sum(both_B), 1);
    const active_B = tf.mul(tf.cast(tf.greater(excess_B, 0), "float32"), tf.div(both_B, rows));
    save([x_BD, positive_BD, negative_BD, farthest_B, nearest_B, active_B]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
      const [x_BD, positive_BD, negative_BD, farthest_B, nearest_B, active_B] = saved;
      const factor_B1 = tf.reshape(tf.mul(active_B, tf.mul(dy as tf.Tensor, 2)), [-1, 1]);
      const pull = (of_BD: tf.Tensor, from_BD: tf.Tensor) => tf.mul(tf.sub(of_BD, from_BD), factor_B1);
      const atRows = (pull_BD: tf.Tensor, rows_B: tf.Tensor) =>
        tf.unsortedSegmentSum(pull_BD, rows_B as tf.Tensor1D, x_BD.shape[0]);
      return tf.addN([
        pull(negative_BD, positive_BD),
        atRows(pull(positive_BD, x_BD), farthest_B),
        atRows(pull(x_BD, negative_BD), nearest_B),
      ]);
    };
    const value = tf.div<tf.Scalar>(tf.sum(tf.mul(excess_B, both_B)), rows);
    return { value, gradFunc };
  })(embeddings_BD);
}

/** For each row its farthest row of the same identity and its nearest of another, and 1 where it has both, else 0. */
function hardestTriplets(embeddings_BD: tf.Tensor2D, labels_B: tf.Tensor1D) {
  const B = embeddings_BD.shape[0];
  const products_BB = tf.matMul(embeddings_BD, embeddings_BD, false, true);
  const squares_B = tf.sum(tf.square(embeddings_BD), 1);
  // A row's own square is the same for all others: which is farthest does not depend on it.
  const distance_BB = tf.sub(tf.reshape(squares_B, [1, B]), tf.mul(products_BB, 2));
  const same_BB = tf.equal(tf.reshape(labels_B, [B, 1]), tf.reshape(labels_B, [1, B]));
  const positive_BB = tf.logicalAnd(same_BB, tf.logicalNot(tf.cast(tf.eye(B), "bool")));
  const only = (mask_BB: tf.Tensor, value_BB: tf.Tensor) =>
    tf.where(mask_BB, value_BB, tf.fill([B, B], Number.NEGATIVE_INFINITY));
  const has = (mask_BB: tf.Tensor) => tf.cast(tf.any(mask_BB, 1), "float32");
  const negative_BB = tf.logicalNot(same_BB);
  return {
    farthest_B: tf.argMax<tf.Tensor1D>(only(positive_BB, distance_BB), 1),
    nearest_B: tf.argMax<tf.Tensor1D>(only(negative_BB, tf.neg(distance_BB)), 1),
    both_B: tf.mul(has(positive_BB), has(negative_BB)),
  };
}
