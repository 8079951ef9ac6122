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
 * `variable ← variable − learningRate · velocity`. On a backend with the kernel `ApplyMomentum`, as `onnx`, all of them
 * are one call.
 */
export class Momentum extends tf.MomentumOptimizer {
  /**
   * The next values of variables and their velocities; the caller disposes them.
   *
   * @param gradients One for each variable, in the order in which velocities were set.
   */
  updates(gradients: readonly { readonly variable: tf.Variable; readonly gradient: tf.Tensor }[]): Update[] {
    const { m: momentum, accumulations } = this as unknown as Slots;
    const parts = gradients.map(({ variable, gradient }, i) => {
      return { variable, velocity: accumulations[i].variable, gradient };
    });
    const apply = tf.getKernel("ApplyMomentum", tf.getBackend()) ? byKernel : byOperations;
    return tf.tidy(() => {
      const next = apply(parts, tf.scalar(this.learningRate), momentum);
      return parts
        .flatMap(({ variable, velocity }) => [variable, velocity])
        .map((variable, i) => ({ variable, next: tf.keep(next[i]) }));
    });
  }
}

interface Part {
  readonly variable: tf.Variable;
  readonly velocity: tf.Variable;
  readonly gradient: tf.Tensor;
}

/** The next variable and velocity of each part, one after the other, by one call. */
function byKernel(parts: readonly Part[], rate: tf.Scalar, momentum: tf.Scalar): tf.Tensor[] {
  const values = parts.flatMap(({ variable, velocity, gradient }) => [variable, velocity, gradient]);
  const inputs = [rate, momentum, ...values] as unknown as tf.NamedTensorMap;
  return tf.engine().runKernel("ApplyMomentum", inputs) as tf.Tensor[];
}

function byOperations(parts: readonly Part[], rate: tf.Scalar, momentum: tf.Scalar): tf.Tensor[] {
  return parts.flatMap(({ variable, velocity, gradient }) => {
    const moved = tf.add(tf.mul(momentum, velocity), gradient);
    return [tf.sub(variable, tf.mul(rate, moved)), moved];
  });
}
