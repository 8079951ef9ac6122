import { createNet, type FaceNet, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { StateVariable } from "./state-variable.ts";

/**
 * The exponential moving average of a net's weights and moving statistics, as a net of its own:
 * `average ← d·average + (1 − d)·weight` after every step, with `d = min(decay, (1 + step)/(10 + step))` as TensorFlow's
 * ExponentialMovingAverage has it, so that the first steps do not hang on to the random start.
 */
export class WeightAverage {
  readonly net: FaceNet;
  readonly #decay: number;
  readonly #pairs: readonly { readonly average: tf.Variable; readonly of: tf.Variable }[];

  /**
   * Starts at the net's weights.
   *
   * @param decay Share of the average that a step keeps, in (0, 1).
   */
  constructor(net: FaceNet, decay: number) {
    this.#decay = decay;
    this.net = createNet(net.name, net.options);
    const weights = netVariables(net.model);
    this.#pairs = netVariables(this.net.model).map(({ variable }, i) => {
      variable.assign(weights[i].variable);
      return { average: variable, of: weights[i].variable };
    });
  }

  /** Its variables, `average/stage1/down/kernel`. */
  get variables(): StateVariable[] {
    return netVariables(this.net.model).map(({ name, variable }) => ({ name: `average/${name}`, variable }));
  }

  /** All that `next` gives values to. */
  get moved(): tf.Variable[] {
    return this.#pairs.map(({ average }) => average);
  }

  /** Share of the average that a step keeps, after `step` of them. */
  keepAt(step: number): number {
    return Math.min(this.#decay, (1 + step) / (10 + step));
  }

  /**
   * The next averages. To be called inside `tf.tidy`.
   *
   * @param weights What the net's weights and statistics become; those that are not among them stay as they are.
   * @param keep What `keepAt` gives.
   */
  next(weights: ReadonlyMap<tf.Variable, tf.Tensor>, keep: tf.Scalar): tf.Tensor[] {
    const take = tf.sub(1, keep);
    return this.#pairs.map(({ average, of }) =>
      tf.add(tf.mul(keep, average), tf.mul(take, weights.get(of) ?? of)),
    );
  }

  dispose(): void {
    this.net.model.dispose();
  }
}
