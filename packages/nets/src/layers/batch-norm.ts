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
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => {
      const { output, movingMean, movingVariance } = normalizeByBatch(x, {
        gamma: this.gamma.read(),
        beta: this.beta.read(),
        movingMean: this.movingMean.read(),
        movingVariance: this.movingVariance.read(),
        momentum: this.momentum,
        epsilon: this.epsilon,
      });
      this.movingMean.write(movingMean);
      this.movingVariance.write(movingVariance);
      tf.dispose([movingMean, movingVariance]);
      return output;
    });
  }
}

/** Weights and options of a batch normalisation; vectors are float32 `[C]`. */
export interface BatchNormState {
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
  readonly movingMean: tf.Tensor1D;
  readonly movingVariance: tf.Tensor1D;
  /** Share of the moving statistics that a step keeps. */
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * Batch normalisation (arXiv:1502.03167) by the batch's own mean μ and variance σ² over all axes but the last:
 * `y = γ·(x − μ)/√(σ² + ε) + β`. With n the number of values a channel, the gradient by the input is
 * `γ/√(σ² + ε) · (dy − mean(dy) − x̂·mean(dy·x̂))`, a linear function of `dy` and `x` a channel. σ² is taken as
 * mean(x²) − μ², in one pass: in float32 it is good to about 1e-7 · (1 + μ²/σ²), so for inputs that are not far
 * from centred, as those behind a convolution.
 *
 * A backend that has the kernels `BatchNormTraining` and `BatchNormTrainingGrad`, as `onnx` has, does each in one call.
 *
 * @param x float32 `[…, C]`, rank 2 to 4.
 * @returns The output, of x's shape, and the next moving statistics `[C]`, through which no gradient flows; the
 *   caller disposes all three.
 */
export function normalizeByBatch(x: tf.Tensor, state: BatchNormState) {
  const { gamma, beta, epsilon } = state;
  const normalize = hasKernel("BatchNormTraining") ? byKernel : byOperations;
  let moving: tf.Tensor1D[] = [];
  const output = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const [value, mean, variance, ...next] = normalize(x, { ...state, gamma, beta });
    moving = next.map((tensor) => tf.keep(tensor)) as tf.Tensor1D[];
    save([x, gamma, mean, variance]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) =>
      hasKernel("BatchNormTrainingGrad")
        ? gradientsByKernel(dy as tf.Tensor, saved, epsilon)
        : gradients(dy as tf.Tensor, saved, epsilon);
    return { value, gradFunc };
  })(x, gamma, beta);
  const [movingMean, movingVariance] = moving;
  return { output, movingMean, movingVariance };
}

const hasKernel = (name: string) => tf.getKernel(name, tf.getBackend()) !== undefined;

function byKernel(x: tf.Tensor, state: BatchNormState): tf.Tensor[] {
  const { gamma: scale, beta: offset, movingMean, movingVariance, momentum, epsilon } = state;
  const inputs = { x, scale, offset, movingMean, movingVariance };
  return tf.engine().runKernel("BatchNormTraining", inputs, { momentum, epsilon }) as tf.Tensor[];
}

function gradientsByKernel(dy: tf.Tensor, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, scale, mean, variance] = saved;
  const inputs = { dy, x, scale, mean, variance };
  return tf.engine().runKernel("BatchNormTrainingGrad", inputs, { epsilon }) as tf.Tensor[];
}

function byOperations(x: tf.Tensor, state: BatchNormState): tf.Tensor[] {
  const { gamma, beta, movingMean, movingVariance, momentum, epsilon } = state;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const mean = tf.mean(x, axes) as tf.Tensor1D;
  const variance = tf.relu(tf.sub(tf.mean(tf.square(x), axes), tf.square(mean))) as tf.Tensor1D;
  const y = tf.batchNorm(x as tf.Tensor4D, mean, variance, beta, gamma, epsilon);
  const moved = (moving: tf.Tensor1D, now: tf.Tensor1D) =>
    tf.sub(moving, tf.mul(tf.sub(moving, now), 1 - momentum));
  return [y, mean, variance, moved(movingMean, mean), moved(movingVariance, variance)];
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
 * Batch normalisation with scale and offset.
 *
 * @param momentum Share of the moving statistics that a step keeps: their memory is 1/(1 - momentum) steps.
 */
export function batchNorm(
  name: string,
  { momentum, epsilon }: { readonly momentum: number; readonly epsilon: number },
): layers.Layer {
  return new BatchNorm({ name, momentum, epsilon });
}
