import { deriveSeed, type FaceNet, kernels, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { initializers } from "@tensorflow/tfjs-layers";
import { Optimizer } from "./optimizer/optimizer.ts";
import type { OptimizerName, OptimizerSettings } from "./optimizer/optimizer-options.ts";
import type { StateVariable } from "./state-variable.ts";

/** Everything that a training step reads and changes. `disposeTrainState` frees it. */
export interface TrainState {
  readonly net: FaceNet;
  /** The head `[D, N]`: a column of class weights an identity. */
  readonly head_DN: tf.Variable<tf.Rank.R2>;
  readonly optimizer: Optimizer;
  /** What gradients change: the net's trainable variables in layer order, then the head. */
  readonly trainable: readonly StateVariable[];
  /** The net's moving statistics, which a forward pass in training changes. */
  readonly statistics: readonly StateVariable[];
  /** What weight decay covers: kernels of convolutions and dense layers, and the head. */
  readonly decayed: readonly StateVariable[];
  /** All of the state: net with moving statistics, head, and the optimizer's slots. */
  readonly variables: readonly StateVariable[];
  /** Steps done so far. */
  step: number;
}

/** What a state is made with besides its net: options of a config, with the same defaults. */
export interface TrainStateOptions extends OptimizerSettings {
  readonly optimizer?: OptimizerName;
  readonly seed: number;
}

/**
 * Adds a fresh head and optimizer to a net, which the state owns from then on.
 *
 * @param identities Number N of identities, 2 or more.
 * @throws {Error} When the backend in use has no gradients of convolutions.
 */
export function createTrainState(
  net: FaceNet,
  identities: number,
  { optimizer: optimizerName = "momentum", seed, ...settings }: TrainStateOptions,
): TrainState {
  requireTraining();
  const head_DN = tf.tidy(() => {
    const xavier = initializers.glorotUniform({ seed: deriveSeed(seed, "head") });
    return tf.variable(xavier.apply([net.description.embeddingSize, identities]) as tf.Tensor2D);
  });
  const head = { name: "head", variable: head_DN as tf.Variable };
  const weights = netVariables(net.model).map((weight) => ({ ...weight, name: `net/${weight.name}` }));
  const trainable = [...weights.filter((weight) => weight.trainable), head];
  const decayed = [
    ...kernels(net.model).map(({ name, variable }) => ({ name: `net/${name}`, variable })),
    head,
  ];
  const optimizer = new Optimizer(optimizerName, settings, trainable, decayed);
  return {
    net,
    head_DN,
    optimizer,
    trainable,
    statistics: weights.filter((weight) => !weight.trainable),
    decayed,
    variables: [...weights, head, ...optimizer.slots],
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

/** Frees net, head and optimizer. */
export function disposeTrainState({ net, head_DN, optimizer }: TrainState): void {
  optimizer.dispose();
  head_DN.dispose();
  net.model.dispose();
}
