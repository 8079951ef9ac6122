import { type NormStatistics, updateNormStatistics } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";

/** AdaFace's statistics, which a state keeps as a variable: mean and deviation of the embeddings' norms. */
export function readNormStatistics(norms_2: tf.Variable<tf.Rank.R1>): NormStatistics {
  const [mean, deviation] = norms_2.dataSync();
  return { mean, deviation };
}

/** Moves the statistics on by a batch of embeddings. */
export function moveNormStatistics(
  norms_2: tf.Variable<tf.Rank.R1>,
  embeddings: readonly tf.Tensor2D[],
): void {
  tf.tidy(() => {
    const { mean, deviation } = updateNormStatistics(tf.concat([...embeddings]), readNormStatistics(norms_2));
    norms_2.assign(tf.tensor1d([mean, deviation]));
  });
}
