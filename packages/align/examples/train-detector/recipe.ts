import type { BatchPlan } from "./batch-maker.ts";
import type { LossWeights } from "./train-net.ts";

/** A part of the training: which net, on which windows, for how long. */
export interface TrainingPart {
  readonly plan: Omit<BatchPlan, "seed">;
  readonly steps: number;
  readonly learningRate: number;
  readonly weights: LossWeights;
}

/** What P-, R- and O-Net are shown. */
const ALL = { shares: { landmarks: 0.42, celeba: 0.42, generated: 0.16 }, plain: 0.3 } as const;
/** What L-Net is shown: mostly faces whose points were placed by hand. */
const BY_HAND = { shares: { landmarks: 0.76, celeba: 0.14, generated: 0.1 }, plain: 0.5 } as const;

/** One net after the other, each on what those before it let through; P- and O-Net a second time, on their own mistakes; L-Net on faces alone. */
export const RECIPE: readonly TrainingPart[] = [
  {
    plan: { net: "pnet", mining: 0, canvases: 16, windows: 64, ...ALL },
    ...{ steps: 600, learningRate: 1e-2, weights: { offsets: 2, points: 0 } },
  },
  {
    plan: { net: "pnet", mining: 1, canvases: 16, windows: 64, ...ALL },
    ...{ steps: 1600, learningRate: 1e-2, weights: { offsets: 2, points: 0 } },
  },
  {
    plan: { net: "rnet", mining: 1, canvases: 16, windows: 48, ...ALL },
    ...{ steps: 2600, learningRate: 1e-2, weights: { offsets: 3, points: 0 } },
  },
  {
    plan: { net: "onet", mining: 2, canvases: 16, windows: 35, ...ALL },
    ...{ steps: 2800, learningRate: 1e-2, weights: { offsets: 3, points: 15 } },
  },
  {
    plan: { net: "onet", mining: 3, canvases: 24, windows: 20, ...ALL, plain: 0.5 },
    ...{ steps: 800, learningRate: 5e-3, weights: { offsets: 3, points: 15 } },
  },
  {
    plan: { net: "lnet", mining: 0, canvases: 48, windows: 10, ...BY_HAND },
    ...{ steps: 2000, learningRate: 1e-2, weights: { offsets: 0, points: 15 } },
  },
];

/**
 * Added to a net's logit of "face" once it is trained, so that the usual thresholds suit it: of what O-Net shows, nearly
 * half are faces, of what it meets far fewer. Chosen on 159 of the portraits with the nets of an earlier training: 0.9
 * becomes 0.7, which left a third of the false boxes and cost 0.4 points of the faces that the teacher finds.
 */
export const FACE_SHIFT = { onet: -1.35 } as const;

/** The share of the mean distance to the teacher's points by which L-Net's are moved: half-way between those who place points and MTCNN. */
export const TOWARDS_TEACHER = 0.5;
