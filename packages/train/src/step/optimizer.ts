import * as tf from "@tensorflow/tfjs-core";
import { OPTIMIZERS, type OptimizerName, type OptimizerSettings } from "../config/optimizer-options.ts";
import { RULES, type Rule } from "./optimizer-rules.ts";
import type { StateVariable } from "./state-variable.ts";

/** A variable and the value that it gets. */
export type Update = { readonly variable: tf.Variable; readonly next: tf.Tensor };

/** What an update depends on besides gradients. */
export interface UpdateOptions {
  readonly learningRate: number;
  /** The step's number, counted from 1. */
  readonly step: number;
  /** Factor of the weight decay, where the optimizer does it itself. */
  readonly weightDecay: number;
}

/**
 * An optimizer whose updates are computed before they are made, and which has all its slots from the start: every step
 * then has the same graph, and a checkpoint can fill them.
 */
export class Optimizer {
  readonly name: OptimizerName;
  readonly settings: Required<OptimizerSettings>;
  /** Whether weight decay is the optimizer's work (AdamW's) instead of the loss's. */
  readonly decouplesDecay: boolean;
  /** What it keeps between steps: for each kind of slot one for every variable, `velocity/head`. */
  readonly slots: readonly StateVariable[];
  readonly #rule: Rule;
  readonly #variables: readonly StateVariable[];
  readonly #decayed: ReadonlySet<tf.Variable>;

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
    this.settings = { ...NONE, ...OPTIMIZERS[name], ...given(settings) } as Required<OptimizerSettings>;
    this.decouplesDecay = name === "adamw";
    this.#rule = RULES[name];
    this.#variables = variables;
    this.#decayed = new Set(decayed.map(({ variable }) => variable));
    const start = this.#rule.start?.(this.settings) ?? 0;
    this.slots = this.#rule.slots(this.settings).flatMap((slot) =>
      variables.map(({ name, variable }) => {
        const values = tf.tidy(() => tf.variable(tf.fill(variable.shape, start), false));
        return { name: `${slot}/${name}`, variable: values };
      }),
    );
  }

  /**
   * The next values of variables and slots, which the caller assigns or not, and disposes.
   *
   * @param gradients One for each variable, in their order; borrowed.
   */
  updates(gradients: readonly tf.Tensor[], options: UpdateOptions): Update[] {
    const count = this.#variables.length;
    const parts = this.#variables.map(({ variable }, i) => ({
      variable,
      gradient: gradients[i],
      slots: this.slots.filter((_, slot) => slot % count === i).map((slot) => slot.variable),
      decayed: this.#decayed.has(variable),
    }));
    return tf.tidy(() => {
      const next = this.#rule.next(parts, { ...this.settings, ...options });
      return parts
        .flatMap(({ variable, slots }) => [variable, ...slots])
        .map((variable, i) => ({ variable, next: tf.keep(next[i]) }));
    });
  }

  dispose(): void {
    tf.dispose(this.slots.map(({ variable }) => variable));
  }
}

/** Hyper-parameters that an optimizer does not have; its rule does not read them. */
const NONE = { momentum: 0, beta1: 0, beta2: 0, rho: 0, epsilon: 0, initialAccumulator: 0 };

/** The hyper-parameters of `settings`, which may be a whole config, that are set. */
function given(settings: OptimizerSettings): OptimizerSettings {
  const names = Object.keys(NONE) as (keyof OptimizerSettings)[];
  const set = names.filter((name) => settings[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, settings[name]]));
}
