import * as tf from "@tensorflow/tfjs-core";

/**
 * Least sin²θ by which a slope is divided. A cosine of float32 near 1 is known to 6e-8 and its sin² to twice that, so
 * that less is rounding; slopes in cosθ are at most 3,000 with it, instead of infinite at θ = 0 and π.
 */
const LEAST = 1e-7;

/**
 * sinθ of θ in [0, π], and its derivative by the cosine, −cosθ/sinθ.
 *
 * @param cosine_B float32 in [-1, 1].
 */
export function sineOf(cosine_B: tf.Tensor1D): { sine_B: tf.Tensor1D; slope_B: tf.Tensor1D } {
  // As a product: 1 − cos² would lose what little is left near ±1.
  const square_B = tf.mul(tf.sub(1, cosine_B), tf.add(1, cosine_B));
  const sine_B = tf.sqrt(square_B) as tf.Tensor1D;
  return { sine_B, slope_B: tf.neg(tf.mul(cosine_B, inverseSine(square_B))) };
}

/** `1 / sinθ` from sin²θ, at most 3,000. */
export function inverseSine(square_B: tf.Tensor): tf.Tensor1D {
  return tf.rsqrt(tf.maximum(square_B, LEAST)) as tf.Tensor1D;
}
