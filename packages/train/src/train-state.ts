import { deriveSeed, type FaceNet, kernels, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { initializers } from "@tensorflow/tfjs-layers";
import { Momentum } from "./momentum.ts";

/** A variable of a training state under the name that checkpoints know it by. */
export interface StateVariable {
  readonly name: string;
  readonly variable: tf.Variable;
}

/** Everything that a training step reads and changes. `disposeTrainState` frees it. */
export interface TrainState {
  readonly net: FaceNet;
  /** The head `[D, N]`: a column of class weights an identity. */
  readonly head_DN: tf.Variable<tf.Rank.R2>;
  readonly optimizer: Momentum;
  /** What gradients change: the net's trainable variables in layer order, then the head. */
  readonly trainable: readonly StateVariable[];
  /** The net's moving statistics, which a forward pass in training changes. */
  readonly statistics: readonly StateVariable[];
  /** What weight decay covers: kernels of convolutions and dense layers, and the head. */
  readonly decayed: readonly StateVariable[];
  /** All of the state: net with moving statistics, head, and the optimizer's velocities. */
  readonly variables: readonly StateVariable[];
  /** Steps done so far. */
  step: number;
}

/**
 * Adds a fresh head and optimizer to a net, which the state owns from then on.
 *
 * @param identities Number N of identities, 2 or more.
 */
export async function createTrainState(
  net: FaceNet,
  identities: number,
  { momentum, seed }: { readonly momentum: number; readonly seed: number },
): Promise<TrainState> {
  const head_DN = tf.tidy(() => {
    const xavier = initializers.glorotUniform({ seed: deriveSeed(seed, "head") });
    return tf.variable(xavier.apply([net.description.embeddingSize, identities]) as tf.Tensor2D);
  });
  const head = { name: "head", variable: head_DN as tf.Variable };
  const weights = netVariables(net.model).map((weight) => ({ ...weight, name: `net/${weight.name}` }));
  const trainable = [...weights.filter((weight) => weight.trainable), head];
  const optimizer = new Momentum(1, momentum);
  const velocities = await startVelocities(optimizer, trainable);
  return {
    net,
    head_DN,
    optimizer,
    trainable,
    statistics: weights.filter((weight) => !weight.trainable),
    decayed: [...kernels(net.model).map(({ name, variable }) => ({ name: `net/${name}`, variable })), head],
    variables: [...weights, head, ...velocities],
    step: 0,
  };
}

/** Frees net, head and optimizer. */
export function disposeTrainState({ net, head_DN, optimizer }: TrainState): void {
  optimizer.dispose();
  tf.SGDOptimizer.prototype.dispose.call(optimizer); // the learning rate, which the subclass forgets
  head_DN.dispose();
  net.model.dispose();
}

/**
 * Gives the optimizer its velocities before the first step, which would create them otherwise: all steps
 * then have the same graph, and a checkpoint can fill them.
 */
async function startVelocities(
  optimizer: tf.MomentumOptimizer,
  trainable: readonly StateVariable[],
): Promise<StateVariable[]> {
  const zeros = tf.tidy(() => [
    { name: "iter", tensor: tf.keep(tf.scalar(0, "int32")) },
    ...trainable.map(({ name, variable }) => ({
      name: `velocity/${name}`,
      tensor: tf.keep(tf.zeros(variable.shape)),
    })),
  ]);
  await optimizer.setWeights(zeros);
  tf.dispose(zeros.map(({ tensor }) => tensor));
  const [iterations, ...velocities] = await optimizer.getWeights();
  iterations.tensor.dispose();
  return velocities.map(({ name, tensor }) => ({ name, variable: tensor as tf.Variable }));
}
