/**
 * A net and a run that two cores without a GPU finish in a quarter of an hour, on a few hundred people.
 *
 * command   amface train --preset cpu --data-dir celeba-crops --seed 1 (6,200 photos of 297 people of CelebA)
 * hardware  2 CPU cores (AVX-512), other work beside it
 * time      1,023 s
 * score     84.1 % ± 1.6 on folds 1 to 5 of LFW's View 2 (3,000 pairs), AUC 0.925, with the last net; untrained 61.2 %
 */
import type { Preset } from "./preset.ts";

export const cpu: Preset = {
  summary: "a small ResFace for a few hundred people, a quarter of an hour on two cores",
  config: {
    net: "resface-small",
    imageSize: [112, 96],
    loss: "am-softmax",
    margin: 0.35,
    scale: 16,
    weightDecay: 5e-4,
    batchSize: 64,
    randomFlip: true,
    optimizer: "momentum",
    momentum: 0.9,
    learningRateSchedule: "0: 0.1, 10: 0.01, 13: 0.001",
    maxNrofEpochs: 14,
  },
};
