/**
 * A net and a run that a laptop without a GPU finishes: a few hundred people, a few thousand photos. How the recipe was
 * found is in `docs/real-faces.md` of this package.
 *
 * command   amface align --image-size 56,48 --input-dir celeba --output-dir celeba-56 --weights mtcnn
 *           amface train --preset cpu --data-dir celeba-56 --seed 1
 * hardware  2 CPU cores (AVX-512), 0.5 GB
 * time      392 s for 2,880 steps on quiet cores; 577 and 1,480 s beside other programs (load 8 and 15)
 * score     85.3 % on LFW's folds 1 to 5, standard error 0.7, AUC 0.930, with 6,200 CelebA photos of 297 people
 */
import type { Preset } from "./preset.ts";

export const cpu: Preset = {
  summary: "a small ResFace for a few hundred people, ten minutes on two cores",
  config: {
    net: "resface-small",
    imageSize: [56, 48],
    loss: "am-softmax",
    margin: 0.35,
    scale: 16,
    weightDecay: 0.05,
    batchSize: 64,
    randomFlip: true,
    augment: { cropJitter: 2, brightness: 0.25, contrast: 0.25, saturation: 0.25, grey: 0.05, cutout: 0.25 },
    optimizer: "adamw",
    learningRate: 0.003,
    schedule: { type: "cosine", unit: "epochs", warmup: 1 },
    maxNrofEpochs: 30,
  },
};
