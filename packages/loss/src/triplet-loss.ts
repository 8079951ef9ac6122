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
  return tf.tidy(() => {
    const { positive, negative, rows } = hardestTriplets(embeddings_BD, labels_B);
    if (rows.length === 0) return tf.mul<tf.Scalar>(tf.sum(embeddings_BD), 0);
    const take = (index: number[]) => tf.gather(embeddings_BD, tf.tensor1d(index, "int32"));
    const anchor = take(rows);
    const squared = (other: number[]) => tf.sum(tf.square(tf.sub(anchor, take(other))), 1);
    const excess = tf.add(tf.sub(squared(positive), squared(negative)), margin);
    return tf.mean<tf.Scalar>(tf.relu(excess));
  });
}

/** For each row that has both: its farthest row of the same identity and its nearest of another. */
function hardestTriplets(embeddings_BD: tf.Tensor2D, labels_B: tf.Tensor1D) {
  const [B, D] = embeddings_BD.shape;
  const values = embeddings_BD.dataSync();
  const labels = labels_B.dataSync();
  const triplets = { rows: [] as number[], positive: [] as number[], negative: [] as number[] };
  for (let a = 0; a < B; a++) {
    let [farthest, nearest] = [-1, -1];
    let [most, least] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let b = 0; b < B; b++) {
      if (b === a) continue;
      let distance = 0;
      for (let d = 0; d < D; d++) distance += (values[a * D + d] - values[b * D + d]) ** 2;
      if (labels[b] === labels[a] && distance > most) [most, farthest] = [distance, b];
      if (labels[b] !== labels[a] && distance < least) [least, nearest] = [distance, b];
    }
    if (farthest === -1 || nearest === -1) continue;
    triplets.rows.push(a);
    triplets.positive.push(farthest);
    triplets.negative.push(nearest);
  }
  return triplets;
}
