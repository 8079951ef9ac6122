import { FIRST_NORM_STATISTICS } from "@amface/loss";
import { type Communicator, ONE_PROCESS } from "@amface/mpi";
import { deriveSeed, type FaceNet, kernels, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { initializers } from "@tensorflow/tfjs-layers";
import { PRECISIONS, type Precision } from "../config/precision.ts";
import { LOSSES, type LossName } from "../losses/losses.ts";
import type { OptimizerSettings } from "../optimizers/optimizer-options.ts";
import type { OptimizerName } from "../optimizers/optimizers.ts";
import { createSampling, type HeadSampling, sampleSize, withoutSample } from "./head-sample.ts";
import { createShards, disposeShards, type HeadShards } from "./head-shards.ts";
import { createLossScale } from "./loss-scale.ts";
import { Optimizer } from "./optimizer.ts";
import type { StateVariable } from "./state-variable.ts";
import { WeightAverage } from "./weight-average.ts";

/** Everything that a training step reads and changes. `disposeTrainState` frees it. */
export interface TrainState {
  readonly net: FaceNet;
  /**
   * The head `[D, N]`: a column of class weights an identity; of a sampled head the part `[D, S]` that a step drew, of a
   * sharded one this process's first block.
   */
  readonly head_DN: tf.Variable<tf.Rank.R2>;
  /** This process's blocks of a sharded head. */
  readonly shards?: HeadShards | undefined;
  /** The whole of a sampled head. */
  readonly sampling?: HeadSampling | undefined;
  readonly loss: LossName;
  /** Plain softmax's bias `[N]`. */
  readonly bias_N?: tf.Variable<tf.Rank.R1> | undefined;
  /** AdaFace's mean and deviation of the embeddings' norms, `[2]`. */
  readonly norms_2?: tf.Variable<tf.Rank.R1> | undefined;
  /** Centres `[N, D]` of the center loss. */
  readonly centers_ND?: tf.Variable<tf.Rank.R2> | undefined;
  readonly optimizer: Optimizer;
  /** The factor `[1]` of the loss while gradients are computed, where convolutions compute in float16. */
  readonly lossScale_1?: tf.Variable<tf.Rank.R1> | undefined;
  /** The average of the net's weights, where one is kept. */
  readonly average?: WeightAverage | undefined;
  /** The net that is evaluated and saved: the averaged one where there is one. */
  readonly evaluated: FaceNet;
  /** What gradients change: the net's trainable variables in layer order, then the head and its bias, unless it is sharded. */
  readonly trainable: readonly StateVariable[];
  /** The net's moving statistics, which a forward pass in training changes. */
  readonly statistics: readonly StateVariable[];
  /** What weight decay covers: kernels of convolutions and dense layers, and the head, unless it is sharded. */
  readonly decayed: readonly StateVariable[];
  /** All of the state but a sampled or sharded head: net with moving statistics, head, what the loss keeps, the optimizer's slots, the average, the loss's factor. */
  readonly variables: readonly StateVariable[];
  /** Steps done so far. */
  step: number;
}

/** A state for all that is the same in every step. */
export type FixedState = Omit<TrainState, "step">;

/** What a state is made with besides its net: options of a config, with the same defaults. */
export interface TrainStateOptions extends OptimizerSettings {
  readonly optimizer?: OptimizerName;
  readonly loss?: LossName;
  readonly precision?: Precision;
  /** Above 0, the state has centres. */
  readonly centerLossFactor?: number;
  /** Share of the identities that a step draws; where absent, the whole head is trained. */
  readonly sampleRate?: number | undefined;
  /** Whether the head lies in blocks, which processes share; `whole` by default. */
  readonly head?: "whole" | "sharded";
  /** Micro-batches of a batch, by which a sharded head is cut; 1 by default. */
  readonly accumulateSteps?: number;
  /** Which process of those that share the blocks this one is; the only one by default. */
  readonly processes?: Pick<Communicator, "rank" | "size"> | undefined;
  /** Share of the average of the net's weights that a step keeps, in (0, 1); where absent, there is none. */
  readonly emaDecay?: number | undefined;
  readonly seed: number;
}

/**
 * Adds a fresh head and optimizer to a net, which the state owns from then on.
 *
 * @param identities Number N of identities, 2 or more.
 * @throws {Error} When the backend in use has no gradients of convolutions, or cannot compute in the precision.
 */
export function createTrainState(
  net: FaceNet,
  identities: number,
  { optimizer: optimizerName = "momentum", loss = "am-softmax", seed, ...options }: TrainStateOptions,
): TrainState {
  requireTraining();
  const { precision = "float32" } = options;
  if (!PRECISIONS.includes(precision))
    throw new RangeError(`Cannot train in ${precision}: expected one of ${PRECISIONS.join(", ")}`);
  const lossScale_1 = precision === "float16" ? createLossScale() : undefined;
  const D = net.description.embeddingSize;
  const { sampleRate: rate, accumulateSteps: microBatches = 1, processes = ONE_PROCESS } = options;
  const headSeed = deriveSeed(seed, "head");
  const shards =
    options.head === "sharded"
      ? createShards(
          { embeddingSize: D, identities, seed: headSeed, microBatches, processes },
          (block) => new Optimizer(optimizerName, options, [block], [block]),
        )
      : undefined;
  const head_DN =
    shards?.blocks[0].weights_Dn ??
    fresh(() => {
      if (rate !== undefined) return tf.zeros<tf.Rank.R2>([D, sampleSize(identities, rate)]);
      return initializers.glorotUniform({ seed: headSeed }).apply([D, identities]) as tf.Tensor2D;
    }, true);
  const head = shards ? [] : [{ name: "head", variable: head_DN as tf.Variable }];
  const { hasBias, keepsNorms } = LOSSES[loss];
  const bias_N = hasBias ? fresh(() => tf.zeros<tf.Rank.R1>([identities]), true) : undefined;
  const norms_2 = keepsNorms ? fresh(() => tf.tensor1d([...FIRST_NORM_STATISTICS]), false) : undefined;
  const centers_ND =
    (options.centerLossFactor ?? 0) > 0
      ? fresh(() => tf.zeros<tf.Rank.R2>([identities, D]), false)
      : undefined;
  const weights = netVariables(net.model).map((weight) => ({ ...weight, name: `net/${weight.name}` }));
  const trainable = [
    ...weights.filter((weight) => weight.trainable),
    ...head,
    ...named("head-bias", bias_N as tf.Variable | undefined),
  ];
  const decayed = [
    ...kernels(net.model).map(({ name, variable }) => ({ name: `net/${name}`, variable })),
    ...head,
  ];
  const optimizer = new Optimizer(optimizerName, options, trainable, decayed);
  const sampling =
    rate === undefined ? undefined : createSampling(head[0], optimizer, { identities, rate, seed: headSeed });
  const average = options.emaDecay === undefined ? undefined : new WeightAverage(net, options.emaDecay);
  return {
    ...{
      net,
      head_DN,
      shards,
      sampling,
      loss,
      bias_N,
      norms_2,
      centers_ND,
      optimizer,
      lossScale_1,
      average,
      trainable,
      decayed,
    },
    evaluated: average?.net ?? net,
    statistics: weights.filter(({ momentum }) => momentum !== undefined),
    variables: withoutSample(
      [
        ...weights,
        ...head,
        ...named("head-bias", bias_N as tf.Variable | undefined),
        ...named("lengths", norms_2 as tf.Variable | undefined),
        ...named("centers", centers_ND as tf.Variable | undefined),
        ...optimizer.slots,
        ...(average?.variables ?? []),
        ...named("loss-scale", lossScale_1 as tf.Variable | undefined),
      ],
      sampling,
    ),
    step: 0,
  };
}

/** TensorFlow.js's WebAssembly computes convolutions, but not their gradients; a step would fail in its middle. */
function requireTraining(): void {
  tf.backend(); // starts one where none is in use yet
  const backend = tf.getBackend();
  if (tf.getKernel("Conv2DBackpropFilter", backend)) return;
  throw new Error(
    `Cannot train on the backend ${backend}: expected one with gradients of convolutions, such as onnx or tensorflow; ` +
      "run the trained net there",
  );
}

const named = (name: string, variable: tf.Variable | undefined): StateVariable[] =>
  variable ? [{ name, variable }] : [];

function fresh<R extends tf.Rank>(make: () => tf.Tensor<R>, trainable: boolean): tf.Variable<R> {
  return tf.tidy(() => tf.variable(make(), trainable));
}

/** Frees net, head, optimizers and average. */
export function disposeTrainState(state: TrainState): void {
  state.optimizer.dispose();
  state.average?.dispose();
  if (state.shards) disposeShards(state.shards);
  const { head_DN, bias_N, norms_2, centers_ND, lossScale_1 } = state;
  tf.dispose([head_DN, bias_N, norms_2, centers_ND, lossScale_1].filter((x) => x !== undefined));
  state.net.model.dispose();
}
