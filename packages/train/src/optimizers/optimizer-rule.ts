import type * as tf from "@tensorflow/tfjs-core";
import { settingsOf } from "../option/settings-of.ts";
import type { OptimizerSettings } from "./optimizer-options.ts";

/** A variable with what an update of it reads. */
export interface Updated {
  readonly variable: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** The rule's slots, in its order. */
  readonly slots: readonly tf.Tensor[];
  /** Whether weight decay covers the variable. */
  readonly decayed: boolean;
}

/** What an update depends on besides gradients and hyper-parameters. */
export interface UpdateOptions {
  readonly learningRate: number;
  /** The step's number, counted from 1. */
  readonly step: number;
  /** Factor of the weight decay, where the optimizer does it itself. */
  readonly weightDecay: number;
}

/** An optimizer: how it moves variables, by which hyper-parameters. */
export interface OptimizerRule {
  /** Its learning rate and hyper-parameters, by default. */
  readonly defaults: OptimizerSettings & { readonly learningRate: number };
  /** Whether weight decay is its work (AdamW's) instead of the loss's. */
  readonly decouplesDecay?: boolean;
  /** Its hyper-parameters as `given`, which may be a whole config, has them, or else by default. */
  settings(given: OptimizerSettings): OptimizerSettings;
  /** Names of what it keeps for each variable, tensors of the variable's shape. */
  slots(given: OptimizerSettings): readonly string[];
  /** What the slots are at first. */
  start(given: OptimizerSettings): number;
  /** Every number that `next` computes with: some change from step to step. */
  numbers(given: OptimizerSettings, options: UpdateOptions): Readonly<Record<string, number>>;
  /**
   * The next variable and slots of everything that is updated, one after the other.
   *
   * @param numbers What `numbers` gives, as tensors.
   */
  next(updated: readonly Updated[], numbers: Readonly<Record<string, tf.Scalar>>): tf.Tensor[];
}

/** A rule with these hyper-parameters: its functions get all of them, and no others. */
export function ruleOf<K extends keyof OptimizerSettings, N extends string>(rule: {
  readonly learningRate: number;
  readonly defaults: Readonly<Record<K, number>>;
  readonly decouplesDecay?: boolean;
  readonly slots: (settings: Readonly<Record<K, number>>) => readonly string[];
  readonly start?: (settings: Readonly<Record<K, number>>) => number;
  readonly numbers: (context: UpdateOptions & Readonly<Record<K, number>>) => Readonly<Record<N, number>>;
  readonly next: (updated: readonly Updated[], numbers: Readonly<Record<N, tf.Scalar>>) => tf.Tensor[];
}): OptimizerRule {
  const { learningRate, defaults } = rule;
  const settings = (given: OptimizerSettings) => settingsOf(defaults, given);
  return {
    ...rule,
    defaults: { learningRate, ...defaults },
    settings,
    slots: (given) => rule.slots(settings(given)),
    start: (given) => rule.start?.(settings(given)) ?? 0,
    numbers: (given, options) => rule.numbers({ ...settings(given), ...options }),
    next: (updated, numbers) => rule.next(updated, numbers as Readonly<Record<N, tf.Scalar>>),
  };
}
