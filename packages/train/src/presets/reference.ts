/**
 * The run that the reference reports 99.5 % on LFW for: ResFace20 with batch normalisation on VGGFace2, momentum, batches
 * of 256, weight decay 5e-4 on the head too. Its schedule is not published; the paper's stands in for it.
 *
 * command   amface train --preset reference --data-dir vggface2-112x96 --lfw-dir lfw-112x96 --lfw-pairs pairs.txt
 * hardware  one GPU with 11 GB or more; with less, --accumulate-steps 4
 * time      not yet run
 * score     not yet run here; the reference reports 99.5 %
 */
import type { Preset } from "./preset.ts";

export const reference: Preset = {
  summary: "the reference's 99.5 % on LFW: ResFace20 with BN on VGGFace2",
  config: {
    net: "resface20",
    batchNorm: true,
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
