import * as tf from "@tensorflow/tfjs-core";
import type { TrainState } from "./train-state.ts";

/** Precision of the net's convolutions in a training step. */
export const PRECISIONS = ["float32", "float16"] as const;
export type Precision = (typeof PRECISIONS)[number];

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

/** Doubles the factor after so many steps: gradients became smaller, or an overflow long ago was an exception. */
export function raiseLossScale(state: TrainState): void {
  const scale = lossScaleOf(state);
  if (scale === undefined || state.step % RISES_EVERY !== 0) return;
  setLossScale(state, Math.min(LARGEST, 2 * scale));
}

/** Halves the factor after a gradient that was not finite; false where there is none, or it is 1. */
export function lowerLossScale(state: TrainState): boolean {
  const scale = lossScaleOf(state);
  if (scale === undefined || scale <= 1) return false;
  setLossScale(state, scale / 2);
  return true;
}

export const lossScaleOf = ({ lossScale_1 }: TrainState): number | undefined => lossScale_1?.dataSync()[0];

export function setLossScale({ lossScale_1 }: TrainState, scale: number): void {
  tf.tidy(() => lossScale_1?.assign(tf.tensor1d([scale])));
}
