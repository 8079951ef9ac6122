// A training step of `bench/mpi.ts` and `bench/mpi-cost.ts`.
import { useEngine } from "@amface/engine";
import type { Communicator } from "@amface/mpi";
import { createNet, type NetName } from "@amface/nets";
import { createTrainState, disposeTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

export interface StepOptions {
  readonly net: string;
  readonly threads: number;
  /** Images of all processes. */
  readonly batchSize: number;
  readonly accumulateSteps: number;
  readonly identities: number;
  readonly gradientCompression: "none" | "float16";
}

/**
 * Seconds of a step, in the mean and of the fastest, after two others; how many
 * elements the gradients have, and the loss after one update, which is the same in any number of processes.
 */
export async function timeSteps(
  { net, threads, batchSize, accumulateSteps, identities, gradientCompression }: StepOptions,
  processes: Communicator,
  steps: number,
  onStart: () => void = () => {},
): Promise<{ seconds: number; fastest: number; elements: number; loss: number }> {
  await useEngine("onnx:cpu", { threads });
  const state = createTrainState(createNet(net as NetName, { seed: 1 }), identities, { seed: 1 });
  const own = batchSize / processes.size;
  const images = tf.tidy(() =>
    tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", 1).slice(processes.rank * own, own),
  );
  const everyone = Int32Array.from({ length: batchSize }, (_, i) => i);
  const labels = tf.tensor1d(everyone, "int32");
  const hyper = { learningRate: 0.01, weightDecay: 5e-4, accumulateSteps, gradientCompression };
  const step = () => trainStep(state, { images, labels }, hyper, { processes });
  await step();
  const { loss } = await step();
  onStart();
  const all: number[] = [];
  for (let i = 0; i < steps; i++) {
    const began = performance.now();
    await step();
    all.push((performance.now() - began) / 1000);
  }
  const seconds = all.reduce((sum, each) => sum + each, 0) / steps;
  const elements = state.trainable.reduce((sum, { variable }) => sum + variable.size, 0);
  tf.dispose([images, labels]);
  disposeTrainState(state);
  return { seconds, fastest: Math.min(...all), elements, loss };
}
