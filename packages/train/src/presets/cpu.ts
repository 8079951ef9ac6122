/**
 * A net and a run that a laptop without a GPU finishes: a few hundred people, a few thousand photos.
 *
 * command   amface train --preset cpu --data-dir crops-112x96
 * hardware  2 CPU cores, 4 GB
 * time      not yet run
 * score     not yet run
 */
import type { Preset } from "./preset.ts";

export const cpu: Preset = {
  summary: "a small ResFace for a few hundred people, without a GPU",
  config: {
    net: "resface-small",
    imageSize: [112, 96],
    loss: "am-softmax",
    margin: 0.35,
    marginWarmupSteps: 500,
    scale: 30,
    weightDecay: 5e-4,
    batchSize: 64,
    randomFlip: true,
    augment: { cropJitter: 2, brightness: 0.2, contrast: 0.2, saturation: 0.2 },
    optimizer: "momentum",
    momentum: 0.9,
    learningRate: 0.1,
    schedule: { type: "cosine", unit: "epochs", warmup: 1 },
    maxNrofEpochs: 30,
  },
};
