import * as tf from "@tensorflow/tfjs-core";
import { cosineLogits } from "./cosine-logits.ts";
import { embeddingLengths } from "./embedding-lengths.ts";
import { requireFloat } from "./expect.ts";
import { pick, replace, targetPlaces } from "./targets.ts";

/** What a margin makes of the cosines `[B]` between embeddings and their own identities. */
export interface MarginCosines {
  /** What takes the place of each cosine. */
  readonly cosine_B: tf.Tensor1D;
  /** The derivative of that by the cosine; finite also at ±1. 1 where absent. */
  readonly slope_B?: tf.Tensor1D;
  /** The derivative of that by the embedding's length. 0 where absent. */
  readonly lengthSlope_B?: tf.Tensor1D;
}

/**
 * A margin: makes the cosine with the right identity count for less, so that training has to raise it above the
 * others by more than it would without. Called inside `tf.tidy`; what it makes is disposed there.
 *
 * @param length_B Lengths of the embeddings, for a margin that depends on them.
 */
export type Margin = (cosine_B: tf.Tensor1D, length_B?: tf.Tensor1D) => MarginCosines;

/**
 * Puts a margin on the cosine of each row's own identity and leaves the others.
 *
 * @param cosine_BN `[B, N]` float32 in [-1, 1].
 * @param labels_B `[B]` int32 in 0..N-1.
 * @param length_B `[B]` float32: lengths of the embeddings (`embeddingLengths`), for a margin that depends on them.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When there is not one label a row and at least one row, or a label is outside 0..N-1.
 */
export function applyMargin(
  cosine_BN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  margin: Margin,
  length_B?: tf.Tensor1D,
): tf.Tensor2D {
  requireFloat("apply margin to", "cosines", cosine_BN, 2);
  const inputs: tf.Tensor[] = length_B ? [cosine_BN, length_B] : [cosine_BN];
  return tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [x_BN, length_B] = args as [tf.Tensor2D, tf.Tensor1D?];
    const places_B2 = targetPlaces("apply margin to", labels_B, x_BN.shape);
    const { cosine_B, slope_B, lengthSlope_B } = margin(pick(x_BN, places_B2), length_B);
    const slopes = [slope_B, lengthSlope_B].filter((slope) => slope !== undefined);
    save([places_B2, ...slopes]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], [places_B2, ...slopes]: tf.Tensor[]) => {
      const dy_BN = dy as tf.Tensor2D;
      const own_B = slopes.length > 0 ? pick(dy_BN, places_B2 as tf.Tensor2D) : undefined;
      const times = (slope_B: tf.Tensor) => tf.mul<tf.Tensor1D>(own_B as tf.Tensor1D, slope_B);
      const byCosine = slope_B ? replace(dy_BN, places_B2 as tf.Tensor2D, times(slopes[0])) : tf.clone(dy_BN);
      if (!length_B) return byCosine;
      return [byCosine, lengthSlope_B ? times(slopes[slopes.length - 1]) : tf.zerosLike(length_B)];
    };
    return { value: replace(x_BN, places_B2, cosine_B), gradFunc };
  })(...inputs);
}

/**
 * A margin for those rows alone whose own identity is among the columns, where these are a part of a head.
 *
 * @param here_B `[B]` bool: whether it is.
 */
export function marginWhere(here_B: tf.Tensor1D, margin: Margin): Margin {
  return (cosine_B, length_B) => {
    const { cosine_B: lowered_B, slope_B, lengthSlope_B } = margin(cosine_B, length_B);
    const where = (here: tf.Tensor1D, elsewhere: tf.Tensor1D) =>
      tf.where<tf.Tensor1D>(here_B, here, elsewhere);
    return {
      cosine_B: where(lowered_B, cosine_B),
      ...(slope_B && { slope_B: where(slope_B, tf.onesLike(cosine_B)) }),
      ...(lengthSlope_B && { lengthSlope_B: where(lengthSlope_B, tf.zerosLike(cosine_B)) }),
    };
  };
}

export interface MarginLogitsOptions {
  readonly margin: Margin;
  /** s, by which cosines become logits; above 0. */
  readonly scale: number;
}

/**
 * Logits of a margin loss: `s·margin(cosθ)` for the labelled identity and `s·cosθ` for the others, where θ is the angle
 * between an embedding and a column of the head. `crossEntropy` of them is the loss.
 *
 * @param embeddings_BD `[B, D]` float32 of any length; normalised here.
 * @param head_DN `[D, N]` float32, a column an identity; normalised here.
 * @param labels_B `[B]` int32 in 0..N-1.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree, there is no row, a label is outside 0..N-1, or the scale is not above 0.
 */
export function marginLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  { margin, scale }: MarginLogitsOptions,
): tf.Tensor2D {
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`Cannot apply scale: expected a number above 0, got ${scale}`);
  }
  return tf.tidy(() => {
    const cosine_BN = cosineLogits(embeddings_BD, head_DN);
    const length_B = embeddingLengths(embeddings_BD);
    return tf.mul<tf.Tensor2D>(applyMargin(cosine_BN, labels_B, margin, length_B), scale);
  });
}
