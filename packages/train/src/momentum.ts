import * as tf from "@tensorflow/tfjs-core";

/** What this file needs to know of TensorFlow.js's own optimizer, which keeps it private. */
interface Slots {
  readonly m: tf.Scalar;
  readonly useNesterov: boolean;
  readonly accumulations: readonly ({ readonly variable: tf.Variable } | undefined)[];
}

type Gradients = Parameters<tf.MomentumOptimizer["applyGradients"]>[0];

/**
 * `tf.train.momentum`, which on a backend with the kernel `ApplyMomentum`, as `onnx`, updates a variable and its
 * velocity in one call instead of four.
 */
export class Momentum extends tf.MomentumOptimizer {
  override applyGradients(gradients: Gradients): void {
    const { m: momentum, useNesterov, accumulations } = this as unknown as Slots;
    const ready = Array.isArray(gradients) && gradients.every((_, i) => accumulations[i]);
    if (!ready || !tf.getKernel("ApplyMomentum", tf.getBackend())) {
      super.applyGradients(gradients);
      return;
    }
    tf.tidy(() => {
      const rate = tf.scalar(this.learningRate);
      for (const [i, { name, tensor: gradient }] of gradients.entries()) {
        if (!gradient) continue;
        const variable = tf.engine().registeredVariables[name];
        const { variable: velocity } = accumulations[i] as { variable: tf.Variable };
        const inputs = { variable, velocity, gradient, rate, momentum };
        const [next, moved] = tf.engine().runKernel("ApplyMomentum", inputs, { useNesterov }) as tf.Tensor[];
        variable.assign(next);
        velocity.assign(moved);
      }
    });
    this.incrementIterations();
  }
}
