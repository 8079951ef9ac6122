import type { DetectorNetName } from "../../src/detector-nets.ts";
import type { BatchPlan } from "./batch-maker.ts";
import type { LossWeights } from "./train-net.ts";

/** A part of the training: which net, on which windows, for how long. */
export interface TrainingPart {
  readonly plan: Omit<BatchPlan, "seed">;
  readonly steps: number;
  readonly learningRate: number;
  readonly weights: LossWeights;
}

const part = (net: DetectorNetName, mining: BatchPlan["mining"], canvases: number, windows: number) => {
  return { net, mining, canvases, windows };
};

/** One net after the other, each on what those before it let through; P-Net a second time, on its own mistakes. */
export const RECIPE: readonly TrainingPart[] = [
  { plan: part("pnet", 0, 16, 64), steps: 1500, learningRate: 3e-3, weights: { offsets: 2, points: 0 } },
  { plan: part("pnet", 1, 16, 64), steps: 2500, learningRate: 1.5e-3, weights: { offsets: 2, points: 0 } },
  { plan: part("rnet", 1, 16, 48), steps: 1800, learningRate: 1.5e-3, weights: { offsets: 3, points: 0 } },
  { plan: part("onet", 2, 20, 28), steps: 2400, learningRate: 1e-3, weights: { offsets: 3, points: 15 } },
];
