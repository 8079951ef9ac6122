import * as tf from "@tensorflow/tfjs-core";
import { NonFiniteLossError } from "./non-finite-loss-error.ts";
import type { Reading } from "./step-result.ts";
import type { TrainState } from "./train-state.ts";

/** @throws {NonFiniteLossError} When the loss is not finite, or the gradient's norm, where it is there. */
export function checkFinite(reading: Reading, { step, lossScale_1 }: TrainState, learningRate: number): void {
  const loss = reading.loss[0];
  const norm = reading.gradientNorm?.[0];
  if (Number.isFinite(loss) && (norm === undefined || Number.isFinite(norm))) return;
  const badNorm = Number.isFinite(loss) ? norm : undefined;
  throw new NonFiniteLossError(step + 1, loss, learningRate, badNorm, lossScale_1 !== undefined);
}

/** What was measured as one vector, to be read in one go. */
export interface Joined {
  readonly flat: tf.Tensor1D;
  /** Of each measurement, in their order. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** To be called inside `tf.tidy`. */
export function joined(measured: Readonly<Record<string, tf.Tensor>>): Joined {
  const tensors = Object.values(measured).map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1]));
  const sizes = Object.entries(measured).map(([name, { size }]) => [name, size] as const);
  return { flat: tf.concat1d(tensors), sizes: Object.fromEntries(sizes) };
}

/** Reads what was measured from the device, and disposes it. */
export async function readJoined({ flat, sizes }: Joined): Promise<Record<string, Float32Array>> {
  try {
    const values = (await flat.data()) as Float32Array;
    let at = 0;
    const read = Object.entries(sizes).map(([name, size]) => {
      at += size;
      return [name, values.slice(at - size, at)];
    });
    return Object.fromEntries(read);
  } finally {
    flat.dispose();
  }
}
