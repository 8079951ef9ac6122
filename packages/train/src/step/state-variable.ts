import type * as tf from "@tensorflow/tfjs-core";

/** A variable of a training state under the name that checkpoints know it by. */
export interface StateVariable {
  readonly name: string;
  readonly variable: tf.Variable;
  /** Of a moving statistic, the share that a step keeps. */
  readonly momentum?: number;
}
