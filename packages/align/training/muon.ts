import * as tf from "@tensorflow/tfjs";

const MOMENTUM = 0.95;
/** Coefficients of the quintic x ↦ ax + bx³ + cx⁵, which drives singular values towards 1, and how often it is applied. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
/** The root mean square of an update is this share of the learning rate's, about as Adam's is. */
const RMS = 0.2;

/**
 * Muon (Jordan et al. 2024): momentum whose matrix is orthogonalised before each step, so that all directions of a layer
 * are learned at one rate; kernels count as matrices of `[y · x · in, out]`. Variables named in `byAdam` go by Adam.
 */
export class Muon {
  readonly #momenta = new Map<string, tf.Variable>();
  readonly #adam = tf.train.adam(0);
  readonly #variables: readonly tf.Variable[];
  readonly #byAdam: ReadonlySet<string>;

  constructor(variables: readonly tf.Variable[], byAdam: ReadonlySet<string>) {
    this.#variables = variables;
    this.#byAdam = byAdam;
    for (const { name, shape } of variables) {
      if (!byAdam.has(name))
        this.#momenta.set(
          name,
          tf.tidy(() => tf.variable(tf.zeros(shape), false)),
        );
    }
  }

  applyGradients(grads: tf.NamedTensorMap, learningRate: number): void {
    Object.assign(this.#adam, { learningRate });
    this.#adam.applyGradients(
      Object.entries(grads).flatMap(([name, tensor]) => (this.#byAdam.has(name) ? [{ name, tensor }] : [])),
    );
    tf.tidy(() => {
      for (const variable of this.#variables) {
        const momentum = this.#momenta.get(variable.name);
        if (!momentum) continue;
        const grad = grads[variable.name];
        momentum.assign(tf.add(tf.mul(momentum, MOMENTUM), tf.mul(grad, 1 - MOMENTUM)));
        const ahead = tf.add(tf.mul(momentum, MOMENTUM), tf.mul(grad, 1 - MOMENTUM));
        const columns = variable.shape[variable.rank - 1];
        const matrix = tf.reshape(ahead, [-1, columns]) as tf.Tensor2D;
        const rate = tf.scalar(learningRate * RMS * Math.sqrt(Math.max(...matrix.shape)));
        variable.assign(tf.sub(variable, tf.mul(tf.reshape(orthogonalised(matrix), variable.shape), rate)));
      }
    });
  }

  dispose(): void {
    this.#adam.dispose();
    for (const momentum of this.#momenta.values()) momentum.dispose();
  }
}

/** The orthogonal matrix near `matrix`, about: all singular values within 0.7 and 1.2. */
export function orthogonalised(matrix: tf.Tensor2D): tf.Tensor2D {
  const tall = matrix.shape[0] > matrix.shape[1];
  let x = tall ? tf.transpose(matrix) : matrix;
  x = tf.div(x, tf.add(tf.sqrt(tf.sum(tf.square(x))), 1e-7));
  for (let i = 0; i < ITERATIONS; i++) {
    const product = tf.matMul(x, x, false, true);
    const odd = tf.add(tf.mul(product, B), tf.mul(tf.matMul(product, product), C)) as tf.Tensor2D;
    x = tf.add(tf.mul(x, A), tf.matMul(odd, x)) as tf.Tensor2D;
  }
  return tall ? tf.transpose(x) : x;
}
