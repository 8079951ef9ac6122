import * as tf from "@tensorflow/tfjs-core";
import type { OptimizerName, OptimizerSettings } from "../config/optimizer-options.ts";

/** A variable with what an update of it reads. */
export interface Part {
  readonly variable: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** The rule's slots, in its order. */
  readonly slots: readonly tf.Tensor[];
  /** Whether weight decay covers the variable. */
  readonly decayed: boolean;
}

/** What else an update depends on. */
export interface Moment extends Required<OptimizerSettings> {
  readonly learningRate: number;
  /** The step's number, counted from 1. */
  readonly step: number;
  /** Factor of a decay that is the optimizer's own work; 0 where the loss has it. */
  readonly weightDecay: number;
}

/** How an optimizer moves variables. */
export interface Rule {
  /** Names of what it keeps for each variable, tensors of the variable's shape. */
  slots(settings: OptimizerSettings): readonly string[];
  /** What the slots are at first; 0 where absent. */
  start?(settings: OptimizerSettings): number;
  /** The next variable and slots of every part, one after the other. */
  next(parts: readonly Part[], moment: Moment): tf.Tensor[];
}

/** Numbers as tensors, made once for all variables: a lazy backend takes each as one input of its model. */
const scalars = (...values: number[]) => values.map((value) => tf.scalar(value));

/** `keep · old + take · now`, a moving average where the two add up to 1. */
const mix = (keep: tf.Tensor, old: tf.Tensor, take: tf.Tensor, now: tf.Tensor) =>
  tf.add(tf.mul(keep, old), tf.mul(take, now));

/** SGD with momentum (Sutskever et al., ICML 2013) in PyTorch's form: `v ← μv + g`, `w ← w − rate·v`. */
const momentum = (useNesterov: boolean): Rule => ({
  slots: () => ["velocity"],
  next(parts, { learningRate, momentum }) {
    const [rate, keep] = scalars(learningRate, momentum);
    if (tf.getKernel("ApplyMomentum", tf.getBackend())) {
      const values = parts.flatMap(({ variable, slots, gradient }) => [variable, ...slots, gradient]);
      const inputs = [rate, keep, ...values] as unknown as tf.NamedTensorMap;
      return tf.engine().runKernel("ApplyMomentum", inputs, { useNesterov }) as tf.Tensor[];
    }
    return parts.flatMap(({ variable, gradient, slots: [velocity] }) => {
      const moved = tf.add(tf.mul(keep, velocity), gradient);
      const direction = useNesterov ? tf.add(gradient, tf.mul(keep, moved)) : moved;
      return [tf.sub(variable, tf.mul(rate, direction)), moved];
    });
  },
});

const sgd: Rule = {
  slots: () => [],
  next(parts, { learningRate }) {
    const [rate] = scalars(learningRate);
    return parts.map(({ variable, gradient }) => tf.sub(variable, tf.mul(rate, gradient)));
  },
};

/**
 * Adam (arXiv:1412.6980, algorithm 1) with the bias corrections on rate and root, as PyTorch has them:
 * `w ← w − rate/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`. With weight decay it is AdamW (arXiv:1711.05101, algorithm 2, in
 * PyTorch's form): decayed variables shrink by `rate·decay` first, which the gradient's scale does not touch.
 */
const adam: Rule = {
  slots: () => ["moment1", "moment2"],
  next(parts, { learningRate, step, weightDecay, beta1, beta2, epsilon }) {
    const [keep1, take1, keep2, take2] = scalars(beta1, 1 - beta1, beta2, 1 - beta2);
    const [rate, root] = scalars(learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step));
    const [least, shrink] = scalars(epsilon, 1 - learningRate * weightDecay);
    return parts.flatMap(({ variable, gradient, slots: [mean, square], decayed }) => {
      const m = mix(keep1, mean, take1, gradient);
      const v = mix(keep2, square, take2, tf.square(gradient));
      const move = tf.div(tf.mul(rate, m), tf.add(tf.mul(tf.sqrt(v), root), least));
      const from = decayed && weightDecay > 0 ? tf.mul(variable, shrink) : variable;
      return [tf.sub(from, move), m, v];
    });
  },
};

/** RMSProp (Tieleman and Hinton, 2012) in PyTorch's form: `s ← ρs + (1−ρ)g²`, `v ← μv + g/(√s + ε)`, `w ← w − rate·v`. */
const rmsprop: Rule = {
  slots: ({ momentum }) => (momentum ? ["square", "velocity"] : ["square"]),
  next(parts, { learningRate, rho, momentum, epsilon }) {
    const [rate, keep, take, glide, least] = scalars(learningRate, rho, 1 - rho, momentum, epsilon);
    return parts.flatMap(({ variable, gradient, slots: [square, velocity] }) => {
      const s = mix(keep, square, take, tf.square(gradient));
      const scaled = tf.div(gradient, tf.add(tf.sqrt(s), least));
      const v = velocity ? tf.add(tf.mul(glide, velocity), scaled) : scaled;
      const next = tf.sub(variable, tf.mul(rate, v));
      return velocity ? [next, s, v] : [next, s];
    });
  },
};

/** Adagrad (Duchi et al., JMLR 2011): `s ← s + g²`, `w ← w − rate·g/(√s + ε)`. */
const adagrad: Rule = {
  slots: () => ["accumulator"],
  start: ({ initialAccumulator = 0 }) => initialAccumulator,
  next(parts, { learningRate, epsilon }) {
    const [rate, least] = scalars(learningRate, epsilon);
    return parts.flatMap(({ variable, gradient, slots: [sum] }) => {
      const s = tf.add(sum, tf.square(gradient));
      return [tf.sub(variable, tf.div(tf.mul(rate, gradient), tf.add(tf.sqrt(s), least))), s];
    });
  },
};

/** Adadelta (arXiv:1212.5701, algorithm 1): `δ = g·√(d + ε)/√(s + ε)`, s and d being the means of g² and δ². */
const adadelta: Rule = {
  slots: () => ["square", "delta"],
  next(parts, { learningRate, rho, epsilon }) {
    const [rate, keep, take, least] = scalars(learningRate, rho, 1 - rho, epsilon);
    return parts.flatMap(({ variable, gradient, slots: [square, delta] }) => {
      const s = mix(keep, square, take, tf.square(gradient));
      const move = tf.mul(gradient, tf.sqrt(tf.div(tf.add(delta, least), tf.add(s, least))));
      const next = tf.sub(variable, tf.mul(rate, move));
      return [next, s, mix(keep, delta, take, tf.square(move))];
    });
  },
};

export const RULES: Readonly<Record<OptimizerName, Rule>> = {
  momentum: momentum(false),
  nesterov: momentum(true),
  sgd,
  adam,
  adamw: adam,
  rmsprop,
  adagrad,
  adadelta,
};
