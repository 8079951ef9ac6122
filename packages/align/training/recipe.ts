import type { DetectorNetName } from "../src/nets/detector-nets.ts";
import type { BatchPlan } from "./batch-maker.ts";
import type { LossWeights } from "./train-net.ts";

/** A part of the training: which net, on which windows, for how long. */
export interface TrainingPart {
  readonly plan: Omit<BatchPlan, "seed">;
  readonly steps: number;
  readonly learningRate: number;
}

/** How much a net's offsets and points count beside its score. */
export const LOSS_WEIGHTS: Readonly<Record<DetectorNetName, LossWeights>> = {
  pnet: { offsets: 2, points: 0 },
  rnet: { offsets: 3, points: 0 },
  onet: { offsets: 3, points: 15 },
  lnet: { offsets: 0, points: 15 },
};

/** What P-, R- and O-Net are shown. */
const ALL = { shares: { landmarks: 0.42, celeba: 0.42, generated: 0.16 }, plain: 0.3 } as const;
/** What they are shown in the end: faces behind others, out of focus, in profile, and what looks like faces and is none. */
const CROWDS = {
  shares: { landmarks: 0.45, celeba: 0.44, generated: 0.11 },
  plain: 0.4,
  crowd: { before: 0.4, unfocused: { all: 0.12, behind: 0.45 }, clutter: 0.3, profiles: 0.2 },
} as const;
/** What L-Net is shown: mostly faces whose points were placed by hand. */
const BY_HAND = { shares: { landmarks: 0.76, celeba: 0.14, generated: 0.1 }, plain: 0.5 } as const;
/**
 * One net after the other, each on what those before it let through; P- and O-Net a second time, on their own mistakes; then
 * all three once more, on crowds; L-Net on faces alone.
 */
export const RECIPE: readonly TrainingPart[] = [
  {
    plan: { net: "pnet", mining: 0, canvases: 16, windows: 64, ...ALL },
    steps: 600,
    learningRate: 1e-2,
  },
  {
    plan: { net: "pnet", mining: 1, canvases: 16, windows: 64, ...ALL },
    steps: 1600,
    learningRate: 1e-2,
  },
  {
    plan: { net: "rnet", mining: 1, canvases: 16, windows: 48, ...ALL },
    steps: 2600,
    learningRate: 1e-2,
  },
  {
    plan: { net: "onet", mining: 2, canvases: 16, windows: 35, ...ALL },
    steps: 2800,
    learningRate: 1e-2,
  },
  {
    plan: { net: "onet", mining: 3, canvases: 24, windows: 20, ...ALL, plain: 0.5 },
    steps: 800,
    learningRate: 5e-3,
  },
  {
    plan: { net: "pnet", mining: 1, canvases: 16, windows: 64, ...CROWDS },
    steps: 2000,
    learningRate: 1e-2,
  },
  {
    plan: { net: "rnet", mining: 1, canvases: 16, windows: 48, ...CROWDS },
    steps: 3600,
    learningRate: 1e-2,
  },
  {
    plan: { net: "onet", mining: 2, canvases: 16, windows: 35, ...CROWDS },
    steps: 3200,
    learningRate: 1e-2,
  },
  {
    plan: { net: "onet", mining: 3, canvases: 24, windows: 20, ...CROWDS },
    steps: 800,
    learningRate: 5e-3,
  },
  {
    plan: { net: "lnet", mining: 0, canvases: 48, windows: 10, ...BY_HAND },
    steps: 2000,
    learningRate: 1e-2,
  },
];

/** Also what shows no face at all. */
const NEGATIVES = {
  ...CROWDS,
  shares: { landmarks: 0.32, celeba: 0.36, generated: 0.07, negatives: 0.25 },
} as const;
/** What `--from` trains instead: R-Net from finished weights on, with pictures without faces. Not in the weights that ship. */
export const FURTHER: readonly TrainingPart[] = [
  {
    plan: { net: "rnet", mining: 1, canvases: 16, windows: 48, ...NEGATIVES },
    steps: 700,
    learningRate: 5e-3,
  },
];

/**
 * Added to a net's logit of "face" once it is trained, so that the usual thresholds suit it: P-Net's 0.3 becomes 0.6,
 * R-Net's 0.5 and O-Net's 0.956 become 0.7. The first stages are to let faces through; of what O-Net is shown nearly half are
 * faces, of what it meets far fewer. Chosen on photos of the training; O-Net's last -0.35 after its false boxes on LFW, too.
 */
export const FACE_SHIFT = { pnet: 1.25, rnet: 0.85, onet: -2.24 } as const;

/** The share of the mean distance to the teacher's points by which L-Net's are moved: half-way between those who place points and MTCNN. */
export const TOWARDS_TEACHER = 0.5;
