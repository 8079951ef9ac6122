import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";
import { l2Norm } from "./l2-normalize.ts";

/**
 * How long embeddings are: `‖x‖`, with its gradient. A sign of the photo's quality, on which AdaFace's and MagFace's
 * margins depend.
 *
 * @param embeddings_BD `[B, D]` float32, as the net gave them.
 * @returns `[B]` float32; the caller disposes it.
 * @throws {TypeError} When it has another dtype or rank.
 */
export function embeddingLengths(embeddings_BD: tf.Tensor2D): tf.Tensor1D {
  requireFloat("measure", "embeddings", embeddings_BD, 2);
  return tf.tidy(() => tf.squeeze<tf.Tensor1D>(l2Norm(embeddings_BD, 1), [1]));
}

/** Throws unless a margin that depends on lengths was given them. */
export function requireLengths(length_B: tf.Tensor1D | undefined): tf.Tensor1D {
  if (length_B) return length_B;
  throw new TypeError("Cannot apply margin: expected the embeddings' lengths beside their cosines, got none");
}
