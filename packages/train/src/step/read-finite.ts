import * as tf from "@tensorflow/tfjs-core";
import { NonFiniteLossError } from "./non-finite-loss-error.ts";
import type { Measured, Reading } from "./step-result.ts";
import type { TrainState } from "./train-state.ts";

/** @throws {NonFiniteLossError} When the loss is not finite, or the gradient's norm, where it is there. */
export function checkFinite(reading: Reading, { step, lossScale_1 }: TrainState, learningRate: number): void {
  const loss = reading.loss[0];
  const norm = reading.gradientNorm?.[0];
  if (Number.isFinite(loss) && (norm === undefined || Number.isFinite(norm))) return;
  const badNorm = Number.isFinite(loss) ? norm : undefined;
  throw new NonFiniteLossError(step + 1, loss, learningRate, badNorm, lossScale_1 !== undefined);
}

/** Reads what was measured from the device, all in one go, and disposes it. */
export async function readTogether(measured: Partial<Measured>): Promise<Partial<Reading>> {
  const named = Object.entries(measured);
  const flat = tf.tidy(() => tf.concat1d(named.map(([, tensor]) => tf.reshape(tensor, [-1]))));
  tf.dispose(measured); // before the read: a lazy backend computes no tensor that nobody has any more
  try {
    const values = (await flat.data()) as Float32Array;
    let at = 0;
    const read = named.map(([name, { size }]) => {
      at += size;
      return [name, values.slice(at - size, at)];
    });
    return Object.fromEntries(read);
  } finally {
    flat.dispose();
  }
}
