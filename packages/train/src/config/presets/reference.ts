/**
 * The run of the reference that reached 99.5 % on LFW by its own word, its threshold not cross-validated and the people of
 * LFW among those of the training: ResFace20 with batch normalisation on VGGFace2, momentum, weight decay on the head too,
 * and the arguments and schedule of its README, epochs being 1,000 steps.
 *
 * command   amface train --preset reference --data-dir vggface2-112x96 --lfw-dir lfw-112x96 --lfw-pairs pairs.txt
 * hardware  one GPU with 11 GB or more; with less, --accumulate-steps 4
 * time      not yet run
 * score     not yet run
 */
import type { Preset } from "./preset.ts";

export const reference: Preset = {
  summary: "the reference's 99.5 % on LFW: ResFace20 with BN on VGGFace2",
  config: {
    net: "resface20",
    batchNorm: true,
    imageSize: [112, 96],
    keepProbability: 0.8,
    loss: "am-softmax",
    margin: 0.35,
    scale: 30,
    weightDecay: 5e-4,
    batchSize: 256,
    epochSize: 1000,
    maxNrofEpochs: 30,
    randomFlip: true,
    optimizer: "momentum",
    momentum: 0.9,
    learningRateSchedule: "0: 0.1, 16: 0.01, 24: 0.001, 28: 0.0001",
  },
};
