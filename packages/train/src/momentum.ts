import * as tf from "@tensorflow/tfjs-core";

/** What this file needs to know of TensorFlow.js's own optimizer, which keeps it private. */
interface Slots {
  readonly m: tf.Scalar;
  readonly accumulations: readonly { readonly variable: tf.Variable }[];
}

/** A variable and the value that it gets. */
export type Update = { readonly variable: tf.Variable; readonly next: tf.Tensor };

/**
 * `tf.train.momentum`, whose updates can be computed before they are made: `velocity ← momentum · velocity + gradient`,
 * `variable ← variable − learningRate · velocity`. On a backend with the kernel `ApplyMomentum`, as `onnx`, both are
 * one call.
 */
export class Momentum extends tf.MomentumOptimizer {
  /**
   * The next values of variables and their velocities; the caller disposes them.
   *
   * @param gradients One for each variable, in the order in which velocities were set.
   */
  updates(gradients: readonly { readonly variable: tf.Variable; readonly gradient: tf.Tensor }[]): Update[] {
    const { m: momentum, accumulations } = this as unknown as Slots;
    const apply = tf.getKernel("ApplyMomentum", tf.getBackend()) ? byKernel : byOperations;
    return tf.tidy(() => {
      const rate = tf.scalar(this.learningRate);
      return gradients.flatMap(({ variable, gradient }, i) => {
        const { variable: velocity } = accumulations[i];
        const [next, moved] = apply({ variable, velocity, gradient, rate, momentum });
        return [
          { variable, next: tf.keep(next) },
          { variable: velocity, next: tf.keep(moved) },
        ];
      });
    });
  }
}

type Inputs = Record<"variable" | "velocity" | "gradient" | "rate" | "momentum", tf.Tensor>;

const byKernel = (inputs: Inputs) => tf.engine().runKernel("ApplyMomentum", inputs) as tf.Tensor[];

function byOperations({ variable, velocity, gradient, rate, momentum }: Inputs): tf.Tensor[] {
  const moved = tf.add(tf.mul(momentum, velocity), gradient);
  return [tf.sub(variable, tf.mul(rate, moved)), moved];
}
