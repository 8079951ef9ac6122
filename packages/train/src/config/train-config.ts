import type { AugmentOptions, Balance } from "@amface/data";
import type { NetName } from "@amface/nets";
import type { Precision } from "../step/loss-scale.ts";
import type { EvaluationConfig } from "./evaluation-config.ts";
import type { LossName, LossSettings } from "./loss-options.ts";
import type { OptimizerName, OptimizerSettings } from "./optimizer-options.ts";
import type { RateSchedule } from "./rate-schedule.ts";

/** Everything that decides what a run computes. `resolveConfig` fills in the defaults and checks it. */
export interface TrainConfig extends LossSettings, OptimizerSettings, EvaluationConfig {
  /** Folder of identities, `dataDir/identity/photo.jpg`, the photos aligned; or of shards. */
  readonly dataDir: string;
  /** A list of photos and identities to leave out, as `writeExclusions` of `@amface/data` writes it. */
  readonly excludeFile?: string | undefined;
  /** Leave out identities of fewer photos; 0 leaves out none. */
  readonly filterMinNrofImagesPerClass: number;
  /** A saved model or the folder of a finished run, whose net the run starts from, with a new head. */
  readonly pretrainedModel?: string | undefined;
  /** Name of the net. */
  readonly net: NetName;
  /** Size of the embedding; the net's own where absent. */
  readonly embeddingSize?: number | undefined;
  /** Height and width of the net's input, in pixels. */
  readonly imageSize: readonly [number, number];
  /** Batch normalisation in the net, or biases. */
  readonly batchNorm: boolean;
  /** Share of the features that dropout keeps, in (0, 1]. */
  readonly keepProbability: number;
  /** Epochs to train; 20 unless `maxSteps` is given. The run ends with the first of the two. */
  readonly maxNrofEpochs?: number | undefined;
  /** Steps to train. */
  readonly maxSteps?: number | undefined;
  /** Photos a step. */
  readonly batchSize: number;
  /** Batches an epoch; one pass over the photos where absent. */
  readonly epochSize?: number | undefined;
  /** Mirror a photo at random, with probability one half. */
  readonly randomFlip: boolean;
  /** Further random changes to the photos; none by default. */
  readonly augment?: AugmentOptions | undefined;
  /** Batches of so many photos of each of so many identities, `batchSize` in all, instead of passes over the photos. */
  readonly balance?: Balance | undefined;
  /** The loss; `LOSSES` has the options of each and their defaults. */
  readonly loss: LossName;
  /** Steps in which the margin goes on a line from `marginStart`, and where it starts. */
  readonly marginWarmupSteps: number;
  readonly marginStart: number;
  /** Steps in which the scale goes on a line from `scaleStart`, and where it starts. */
  readonly scaleWarmupSteps: number;
  readonly scaleStart: number;
  /** Factor of the center loss that is added; 0 is none. And the share of its old place that a centre keeps in a step. */
  readonly centerLossFactor: number;
  readonly centerLossAlfa: number;
  /** Factor of the L2 penalty on kernels and head: `weightDecay / 2 · Σ‖w‖²`. */
  readonly weightDecay: number;
  /** How gradients move weights; `OPTIMIZERS` has the hyper-parameters of each and their defaults. */
  readonly optimizer: OptimizerName;
  /** Length to which the gradient of all variables together is cut. */
  readonly clipNorm?: number | undefined;
  /** Parts into which a batch is split, for batches larger than memory; their mean gradient makes the step. */
  readonly accumulateSteps: number;
  /** Precision of 2D convolutions, not depthwise, in training steps; `float16` is for GPUs. All else, evaluation too, is float32. */
  readonly precision: Precision;
  /** Share that a step keeps of the weights' average, which is then what is evaluated and saved; none where absent. */
  readonly emaDecay?: number | undefined;
  /** Learning rate, by default the optimizer's; `learningRateSchedule`, where given, replaces it. */
  readonly learningRate: number;
  /** How the learning rate changes, by steps or epochs, warm-up included. It replaces the next three. */
  readonly schedule?: RateSchedule | undefined;
  /** Epochs after which the learning rate is multiplied by `learningRateDecayFactor`, again and again. */
  readonly learningRateDecayEpochs: number;
  readonly learningRateDecayFactor: number;
  /** `epoch: rate` pairs, one a line or separated by commas; see `parseSchedule`. */
  readonly learningRateSchedule?: string | undefined;
  /** Pass over damaged records of shards; unreadable photos of folders are always passed over. */
  readonly skipCorrupt: boolean;
  /** Seed of weights, order, flips and dropout. */
  readonly seed: number;
  /** Epochs between two checkpoints. */
  readonly checkpointEpochs: number;
  /** How many checkpoints stay on disk. */
  readonly checkpointsKept: number;
  /** Steps between two checkpoints, besides those at the ends of epochs; none where absent. */
  readonly checkpointSteps?: number | undefined;
  /** When the loss is not finite or explodes: end the run, or go back to a checkpoint and halve the learning rate. */
  readonly onDivergence: "stop" | "rewind";
  /** How often a run may go back before it ends. */
  readonly maxRewinds: number;
  /** The loss explodes where it is above this many times the median of the last 50 steps, and above all of them … */
  readonly explosionFactor: number;
  /** … in so many steps running. */
  readonly explosionSteps: number;
}

/** A config as a user writes it: only `dataDir` has no default. */
export type TrainConfigInput = Partial<TrainConfig> & Pick<TrainConfig, "dataDir">;
