import * as tf from "@tensorflow/tfjs-core";
import { type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

/** What this file needs to know of TensorFlow.js's own layer, whose class is not exported. */
interface StockBatchNorm extends layers.Layer {
  readonly gamma: { read(): tf.Tensor1D };
  readonly beta: { read(): tf.Tensor1D };
  readonly movingMean: MovingStatistic;
  readonly movingVariance: MovingStatistic;
  readonly momentum: number;
  readonly epsilon: number;
}

interface MovingStatistic {
  read(): tf.Tensor1D;
  write(value: tf.Tensor): unknown;
}

const Stock = tfLayers.batchNormalization().constructor as new (
  config: Parameters<typeof tfLayers.batchNormalization>[0],
) => StockBatchNorm;

/**
 * TensorFlow.js's batch normalisation over the last axis with a gradient of few operations. Name, config and
 * weights are the stock layer's, which is what a saved model loads.
 */
class BatchNorm extends Stock {
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor | tf.Tensor[] {
    if (!kwargs.training) return super.call(inputs, kwargs);
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const { output, mean, variance } = normalizeByBatch(
        x,
        this.gamma.read(),
        this.beta.read(),
        this.epsilon,
      );
      for (const [moving, now] of [
        [this.movingMean, mean] as const,
        [this.movingVariance, variance] as const,
      ]) {
        const before = moving.read();
        moving.write(tf.sub(before, tf.mul(tf.sub(before, now), 1 - this.momentum)));
      }
      return output;
    });
  }
}

/**
 * Batch normalisation (arXiv:1502.03167) by the batch's own mean μ and variance σ² over all axes but the last:
 * `y = γ·(x − μ)/√(σ² + ε) + β`. With n the number of values a channel, the gradient by the input is
 * `γ/√(σ² + ε) · (dy − mean(dy) − x̂·mean(dy·x̂))`, a linear function of `dy` and `x` a channel. σ² is taken as
 * mean(x²) − μ², in one pass: in float32 it is good to about 1e-7 · (1 + μ²/σ²), so for inputs that are not far
 * from centred, as those behind a convolution.
 *
 * @param x float32 `[…, C]`, rank 2 to 4. @param gamma `[C]`. @param beta `[C]`.
 * @returns The output, of x's shape, and the batch's statistics `[C]`, through which no gradient flows.
 */
export function normalizeByBatch(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number) {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const mean = tf.mean(x, axes) as tf.Tensor1D;
  const variance = tf.relu(tf.sub(tf.mean(tf.square(x), axes), tf.square(mean))) as tf.Tensor1D;
  const output = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([x, gamma, mean, variance]);
    const value = tf.batchNorm(x as tf.Tensor4D, mean, variance, beta, gamma, epsilon);
    return { value, gradFunc: (dy, saved) => gradients(dy as tf.Tensor, saved, epsilon) };
  })(x, gamma, beta);
  return { output, mean, variance };
}

function gradients(dy: tf.Tensor, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, gamma, mean, variance] = saved;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = x.size / gamma.size;
  const rate = tf.rsqrt(tf.add(variance, epsilon));
  const dBeta = tf.sum(dy, axes);
  const dGamma = tf.mul(rate, tf.sub(tf.sum(tf.mul(dy, x), axes), tf.mul(mean, dBeta)));
  // dx = byDy · dy + byX · x + constant, each factor [C].
  const byDy = tf.mul(gamma, rate);
  const byX = tf.div(tf.mul(tf.mul(byDy, rate), dGamma), -count);
  const constant = tf.sub(tf.div(tf.mul(byDy, dBeta), -count), tf.mul(byX, mean));
  const dx = tf.add(tf.mul(dy, byDy), affine(x, byX as tf.Tensor1D, constant as tf.Tensor1D));
  return [dx, dGamma, dBeta];
}

/** `x · scale + offset` by channel, as one operation. */
function affine(x: tf.Tensor, scale: tf.Tensor1D, offset: tf.Tensor1D): tf.Tensor {
  return tf.batchNorm(x as tf.Tensor4D, tf.zerosLike(scale), tf.onesLike(scale), offset, scale, 0);
}

/**
 * Batch normalisation with scale, offset and the reference's epsilon 1e-3.
 *
 * @param momentum Share of the moving statistics that a step keeps: their memory is 1/(1 - momentum) steps.
 */
export function batchNorm(name: string, momentum: number): layers.Layer {
  return new BatchNorm({ name, momentum, epsilon: 1e-3 });
}
