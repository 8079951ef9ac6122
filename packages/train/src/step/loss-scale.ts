import * as tf from "@tensorflow/tfjs-core";
import { NonFiniteLossError } from "./non-finite-loss-error.ts";

/** Where the factor starts and ends, and the steps after which it is doubled. */
const FIRST = 2 ** 15;
const LARGEST = 2 ** 24;
const RISES_EVERY = 1000;

/** What a backend that can compute convolutions in float16 has, as `onnx` of `@amface/tfjs-backend-onnx`. */
interface Float16Backend {
  inFloat16<T>(f: () => T): T;
}

/**
 * The factor `[1]` of a loss whose gradients pass through float16, which knows nothing under 6e-8 (Micikevicius et al. 2018,
 * arXiv:1710.03740).
 *
 * @throws {Error} When the backend or its device cannot compute in float16.
 */
export function createLossScale(): tf.Variable<tf.Rank.R1> {
  inFloat16(() => {});
  return tf.tidy(() => tf.variable(tf.tensor1d([FIRST]), false));
}

/** Calls `f`, whose convolutions compute in float16. */
export function inFloat16<T>(f: () => T): T {
  const backend = tf.backend() as unknown as Partial<Float16Backend>;
  if (backend.inFloat16) return backend.inFloat16(f);
  throw new Error(
    `Cannot compute in float16 on the backend ${tf.getBackend()}: expected onnx, of @amface/tfjs-backend-onnx; ` +
      "train in float32, or with --engine onnx",
  );
}

/**
 * Makes a step, and again with half of the factor while its gradients overflow. After every 1,000th step the factor
 * doubles: gradients became smaller, or an overflow long ago was an exception. An error leaves it as it was.
 *
 * @param scale_1 The factor; where there is none, the step is just made.
 * @param step The step's number, counted from 1.
 */
export async function withLossScale<T>(
  scale_1: tf.Variable<tf.Rank.R1> | undefined,
  step: number,
  makeStep: () => Promise<T>,
): Promise<T> {
  if (scale_1 === undefined) return await makeStep();
  const set = (scale: number) => tf.tidy(() => scale_1.assign(tf.tensor1d([scale])));
  const [before] = scale_1.dataSync();
  for (let scale = before; ; ) {
    try {
      const result = await makeStep();
      if (step % RISES_EVERY === 0) set(Math.min(LARGEST, 2 * scale));
      return result;
    } catch (error) {
      const hasOverflown = error instanceof NonFiniteLossError && error.gradientNorm !== undefined;
      if (!hasOverflown || scale <= 1) {
        set(before);
        throw error;
      }
      scale /= 2;
      set(scale);
    }
  }
}
