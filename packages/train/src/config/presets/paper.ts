/**
 * The recipe of AM-Softmax's paper (arXiv:1801.05599, section 4): its own net of 20 layers without batch normalisation,
 * on CASIA-WebFace without the people of LFW.
 *
 * command   amface train --preset paper --data-dir casia-112x96 --lfw-dir lfw-112x96 --lfw-pairs pairs.txt
 * hardware  one GPU with 8 GB or more
 * time      not yet run
 * score     not yet run here; the paper reports 98.98 % on LFW for this net and m = 0.35
 */
import type { Preset } from "./preset.ts";

export const paper: Preset = {
  summary: "the paper's: ResFace20 without BN, 30k steps of 256",
  config: {
    net: "resface20",
    batchNorm: false,
    imageSize: [112, 96],
    loss: "am-softmax",
    margin: 0.35,
    scale: 30,
    weightDecay: 5e-4,
    batchSize: 256,
    randomFlip: true,
    optimizer: "momentum",
    momentum: 0.9,
    learningRate: 0.1,
    schedule: { type: "step", milestones: [16_000, 24_000, 28_000], factor: 0.1 },
    maxSteps: 30_000,
  },
};
