import * as tf from "@tensorflow/tfjs-core";
import type { OptimizerSettings } from "../optimizers/optimizer-options.ts";
import type { OptimizerRule, UpdateOptions } from "../optimizers/optimizer-rule.ts";
import { OPTIMIZERS, type OptimizerName } from "../optimizers/optimizers.ts";
import { scalarsOf } from "./scalars.ts";
import type { StateVariable } from "./state-variable.ts";

/** A variable and the value that it gets. */
export type Update = { readonly variable: tf.Variable; readonly next: tf.Tensor };

/**
 * An optimizer whose updates are computed before they are made, and which has all its slots from the start: every step
 * then has the same graph, and a checkpoint can fill them.
 */
export class Optimizer {
  readonly name: OptimizerName;
  /** Its own hyper-parameters, and no others. */
  readonly settings: OptimizerSettings;
  /** Whether weight decay is the optimizer's work (AdamW's) instead of the loss's. */
  readonly decouplesDecay: boolean;
  /** What it keeps between steps: for each kind of slot one for every variable, `velocity/head`. */
  readonly slots: readonly StateVariable[];
  readonly #rule: OptimizerRule;
  readonly #variables: readonly StateVariable[];
  readonly #decayed: ReadonlySet<tf.Variable>;
  /** All that `next` gives values to: each variable, and its slots behind it. */
  readonly moved: readonly tf.Variable[];

  /**
   * @param variables What it changes. They stay the caller's.
   * @param decayed Those of them that a weight decay of its own covers.
   */
  constructor(
    name: OptimizerName,
    settings: OptimizerSettings,
    variables: readonly StateVariable[],
    decayed: readonly StateVariable[],
  ) {
    this.name = name;
    this.#rule = OPTIMIZERS[name];
    this.settings = this.#rule.settings(settings);
    this.decouplesDecay = this.#rule.decouplesDecay ?? false;
    this.#variables = variables;
    this.#decayed = new Set(decayed.map(({ variable }) => variable));
    const start = this.#rule.start(this.settings);
    this.slots = this.#rule.slots(this.settings).flatMap((slot) =>
      variables.map(({ name, variable }) => {
        const values = tf.tidy(() => tf.variable(tf.fill(variable.shape, start), false));
        return { name: `${slot}/${name}`, variable: values };
      }),
    );
    this.moved = variables.flatMap(({ variable }, i) => [variable, ...this.#slotsOf(i)]);
  }

  /** The numbers that an update computes with. */
  numbers(options: UpdateOptions): Readonly<Record<string, number>> {
    return this.#rule.numbers(this.settings, options);
  }

  /**
   * The next values of `moved`. To be called inside `tf.tidy`.
   *
   * @param gradients One for each variable, in their order; borrowed.
   * @param numbers As tensors.
   */
  next(gradients: readonly tf.Tensor[], numbers: Readonly<Record<string, tf.Scalar>>): tf.Tensor[] {
    const updated = this.#variables.map(({ variable }, i) => ({
      variable,
      gradient: gradients[i],
      slots: this.#slotsOf(i),
      decayed: this.#decayed.has(variable),
    }));
    return this.#rule.next(updated, numbers);
  }

  /** The next values of variables and slots, which the caller assigns or not, and disposes. */
  updates(gradients: readonly tf.Tensor[], options: UpdateOptions): Update[] {
    const next = tf.tidy(() => this.next(gradients, scalarsOf(this.numbers(options))));
    return this.moved.map((variable, i) => ({ variable, next: next[i] }));
  }

  #slotsOf(variable: number): tf.Variable[] {
    const count = this.#variables.length;
    return this.slots.filter((_, slot) => slot % count === variable).map((slot) => slot.variable);
  }

  dispose(): void {
    tf.dispose(this.slots.map(({ variable }) => variable));
  }
}
