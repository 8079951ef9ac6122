import * as tf from "@tensorflow/tfjs-core";
import { requireAtLeast } from "./expect.ts";
import type { Margin } from "./margin.ts";
import { sineOf } from "./sine.ts";

export interface ArcFaceOptions {
  /**
   * What stands for `cos(θ + m)` where it would not fall as θ grows. `hard` (default): `cosθ − m·sin m` where
   * θ + m > π. `easy`: `cosθ`, without a margin, where θ > π/2.
   */
  readonly fallback?: "hard" | "easy";
}

/**
 * The margin of ArcFace (arXiv:1801.07698, eq. 3): `cos(θ + m) = cosθ·cos m − sinθ·sin m`.
 *
 * @param margin m in radians, in [0, π); 0.5 in the paper.
 * @throws {RangeError} When m is out of its range, or there is no such fallback.
 */
export function arcFace(margin: number, { fallback = "hard" }: ArcFaceOptions = {}): Margin {
  requireAtLeast(0, "margin", margin, Math.PI);
  if (fallback !== "hard" && fallback !== "easy") {
    throw new RangeError(`Cannot apply margin: expected the fallback hard or easy, got ${fallback}`);
  }
  const [cosM, sinM] = [Math.cos(margin), Math.sin(margin)];
  // Where θ + m > π, and what the cosine is lowered by there; π/2 and nothing for the easy one.
  const [least, loss] = fallback === "hard" ? [-cosM, margin * sinM] : [0, 0];
  return (cosine_B) => {
    const { sine_B, slope_B } = sineOf(cosine_B);
    const inside_B = tf.greater(cosine_B, least);
    const turned_B = tf.sub(tf.mul(cosine_B, cosM), tf.mul(sine_B, sinM));
    return {
      cosine_B: tf.where(inside_B, turned_B, tf.sub(cosine_B, loss)) as tf.Tensor1D,
      slope_B: tf.where(inside_B, tf.sub(cosM, tf.mul(slope_B, sinM)), tf.onesLike(cosine_B)) as tf.Tensor1D,
    };
  };
}
