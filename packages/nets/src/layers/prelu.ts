import * as tf from "@tensorflow/tfjs-core";
import { initializers, type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

/** What this file needs to know of TensorFlow.js's own layer, whose class is not exported. */
interface StockPrelu extends layers.Layer {
  readonly alpha: { read(): tf.Tensor };
}

const Stock = tfLayers.prelu().constructor as new (
  config: Parameters<typeof tfLayers.prelu>[0],
) => StockPrelu;

/** TensorFlow.js's PReLU with a gradient of few operations; name, config and weights are the stock layer's. */
class PRelu extends Stock {
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return preluOp(Array.isArray(inputs) ? inputs[0] : inputs, this.alpha.read());
  }
}

/**
 * PReLU `max(x, 0) + α·min(x, 0)` (arXiv:1502.01852). Its gradients are `dy · (x > 0 ? 1 : α)` by `x` and the
 * sum of `dy · min(x, 0)` over the axes that share a slope by `α`; a backend that has the kernel `PreluGrad`, as
 * `onnx` has, takes both in one call.
 *
 * @param x float32 `[B, …]`. @param alpha Slopes, of x's shape without the batch axis, 1 where shared.
 * @returns float32, of x's shape.
 */
export function preluOp(x: tf.Tensor, alpha: tf.Tensor): tf.Tensor {
  const shared = [
    0,
    ...alpha.shape.flatMap((size, axis) => (size === 1 && x.shape[axis + 1] > 1 ? [axis + 1] : [])),
  ];
  return tf.customGrad((...args) => {
    const [x, alpha, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([x, alpha]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], [x, alpha]: tf.Tensor[]) => {
      if (tf.getKernel("PreluGrad", tf.getBackend())) {
        return tf.engine().runKernel("PreluGrad", { dy: dy as tf.Tensor, x, alpha }) as tf.Tensor[];
      }
      const slope = tf.add(tf.mul(tf.step(x), tf.sub(1, alpha)), alpha);
      const byAlpha = tf.sum(tf.mul(dy as tf.Tensor, tf.minimum(x, 0)), shared);
      return [tf.mul(dy as tf.Tensor, slope), tf.reshape(byAlpha, alpha.shape)];
    };
    return { value: tf.prelu(x, alpha), gradFunc };
  })(x, alpha);
}

/** PReLU of a `[B, H, W, C]` map with one slope a channel, 0.25 at first. */
export function prelu(name: string): layers.Layer {
  return new PRelu({
    name,
    alphaInitializer: initializers.constant({ value: 0.25 }),
    sharedAxes: [1, 2],
  });
}
