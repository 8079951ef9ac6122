import * as tf from "@tensorflow/tfjs-core";
import { requireAtLeast } from "./expect.ts";
import type { Margin } from "./margin.ts";
import { inverseSine } from "./sine.ts";

export interface CombinedMarginOptions {
  /** m₁, by which the angle is multiplied, 1 (default) or more. */
  readonly multiply?: number;
  /** m₂, radians added to the angle, 0 (default) to below π. */
  readonly add?: number;
  /** m₃, taken off the cosine, 0 (default) or more. */
  readonly subtract?: number;
}

/**
 * The three margins together (arXiv:1801.07698, eq. 4): `cos(m₁θ + m₂) − m₃`. Where φ = m₁θ + m₂ passes π the cosine
 * goes on falling as SphereFace's does: `(−1)ᵏ·cosφ − 2k − m₃` for φ in [kπ, (k+1)π].
 *
 * @throws {RangeError} When an option is out of its range.
 */
export function combinedMargin({ multiply = 1, add = 0, subtract = 0 }: CombinedMarginOptions): Margin {
  requireAtLeast(1, "multiply", multiply);
  requireAtLeast(0, "add", add, Math.PI);
  requireAtLeast(0, "subtract", subtract);
  return (cosine_B) => {
    const phi_B = tf.add(tf.mul(tf.acos(cosine_B), multiply), add);
    const k_B = tf.floor(tf.div(phi_B, Math.PI));
    const odd_B = tf.sub(k_B, tf.mul(2, tf.floor(tf.div(k_B, 2)))); // `onnx` runs `mod` in JavaScript
    const sign_B = tf.sub(1, tf.mul(2, odd_B));
    const square_B = tf.mul(tf.sub(1, cosine_B), tf.add(1, cosine_B));
    return {
      cosine_B: tf.sub(tf.sub(tf.mul(sign_B, tf.cos(phi_B)), tf.mul(k_B, 2)), subtract),
      // d cosφ / d cosθ = m₁·sinφ / sinθ, and (−1)ᵏ·sinφ is positive.
      slope_B: tf.mul(tf.mul(tf.abs(tf.sin(phi_B)), multiply), inverseSine(square_B)),
    };
  };
}
