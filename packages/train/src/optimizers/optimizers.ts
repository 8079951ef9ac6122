import * as tf from "@tensorflow/tfjs-core";
import { type OptimizerRule, ruleOf } from "./optimizer-rule.ts";

/** `keep · old + take · now`, a moving average where the two add up to 1. */
const mix = (keep: tf.Tensor, old: tf.Tensor, take: tf.Tensor, now: tf.Tensor) =>
  tf.add(tf.mul(keep, old), tf.mul(take, now));

/** SGD with momentum (Sutskever et al., ICML 2013) in PyTorch's form: `v ← μv + g`, `w ← w − rate·v`. */
const momentum = (useNesterov: boolean) =>
  ruleOf({
    learningRate: 0.1,
    defaults: { momentum: 0.9 },
    slots: () => ["velocity"],
    numbers: ({ learningRate: rate, momentum: keep }) => ({ rate, keep }),
    next(updated, { rate, keep }) {
      if (tf.getKernel("ApplyMomentum", tf.getBackend())) {
        const values = updated.flatMap(({ variable, slots, gradient }) => [variable, ...slots, gradient]);
        const inputs = [rate, keep, ...values] as unknown as tf.NamedTensorMap;
        return tf.engine().runKernel("ApplyMomentum", inputs, { useNesterov }) as tf.Tensor[];
      }
      return updated.flatMap(({ variable, gradient, slots: [velocity] }) => {
        const moved = tf.add(tf.mul(keep, velocity), gradient);
        const direction = useNesterov ? tf.add(gradient, tf.mul(keep, moved)) : moved;
        return [tf.sub(variable, tf.mul(rate, direction)), moved];
      });
    },
  });

const sgd = ruleOf({
  learningRate: 0.1,
  defaults: {},
  slots: () => [],
  numbers: ({ learningRate: rate }) => ({ rate }),
  next(updated, { rate }) {
    return updated.map(({ variable, gradient }) => tf.sub(variable, tf.mul(rate, gradient)));
  },
});

/**
 * Adam (arXiv:1412.6980, algorithm 1) with the bias corrections on rate and root, as PyTorch has them:
 * `w ← w − rate/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`. With weight decay it is AdamW (arXiv:1711.05101, algorithm 2, in
 * PyTorch's form): decayed variables shrink by `rate·decay` first, which the gradient's scale does not touch.
 */
const adam = (decouplesDecay: boolean) =>
  ruleOf({
    learningRate: 1e-3,
    defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    decouplesDecay,
    slots: () => ["moment1", "moment2"],
    numbers: ({ learningRate, step, weightDecay, beta1, beta2, epsilon }) => ({
      ...{ keep1: beta1, take1: 1 - beta1, keep2: beta2, take2: 1 - beta2 },
      rate: learningRate / (1 - beta1 ** step),
      root: 1 / Math.sqrt(1 - beta2 ** step),
      least: epsilon,
      shrink: 1 - learningRate * weightDecay,
    }),
    next(updated, { keep1, take1, keep2, take2, rate, root, least, shrink }) {
      return updated.flatMap(({ variable, gradient, slots: [mean, square], decayed }) => {
        const m = mix(keep1, mean, take1, gradient);
        const v = mix(keep2, square, take2, tf.square(gradient));
        const move = tf.div(tf.mul(rate, m), tf.add(tf.mul(tf.sqrt(v), root), least));
        const from = decayed && decouplesDecay ? tf.mul(variable, shrink) : variable;
        return [tf.sub(from, move), m, v];
      });
    },
  });

/** RMSProp (Tieleman and Hinton, 2012) in PyTorch's form: `s ← ρs + (1−ρ)g²`, `v ← μv + g/(√s + ε)`, `w ← w − rate·v`. */
const rmsprop = ruleOf({
  learningRate: 1e-2,
  defaults: { rho: 0.99, momentum: 0, epsilon: 1e-8 },
  slots: ({ momentum }) => (momentum ? ["square", "velocity"] : ["square"]),
  numbers: ({ learningRate: rate, rho, momentum: glide, epsilon: least }) => ({
    ...{ rate, keep: rho, take: 1 - rho, glide, least },
  }),
  next(updated, { rate, keep, take, glide, least }) {
    return updated.flatMap(({ variable, gradient, slots: [square, velocity] }) => {
      const s = mix(keep, square, take, tf.square(gradient));
      const scaled = tf.div(gradient, tf.add(tf.sqrt(s), least));
      const v = velocity ? tf.add(tf.mul(glide, velocity), scaled) : scaled;
      const next = tf.sub(variable, tf.mul(rate, v));
      return velocity ? [next, s, v] : [next, s];
    });
  },
});

/** Adagrad (Duchi et al., JMLR 2011): `s ← s + g²`, `w ← w − rate·g/(√s + ε)`. */
const adagrad = ruleOf({
  learningRate: 1e-2,
  defaults: { initialAccumulator: 0, epsilon: 1e-10 },
  slots: () => ["accumulator"],
  start: ({ initialAccumulator }) => initialAccumulator,
  numbers: ({ learningRate: rate, epsilon: least }) => ({ rate, least }),
  next(updated, { rate, least }) {
    return updated.flatMap(({ variable, gradient, slots: [sum] }) => {
      const s = tf.add(sum, tf.square(gradient));
      return [tf.sub(variable, tf.div(tf.mul(rate, gradient), tf.add(tf.sqrt(s), least))), s];
    });
  },
});

/** Adadelta (arXiv:1212.5701, algorithm 1): `δ = g·√(d + ε)/√(s + ε)`, s and d being the means of g² and δ². */
const adadelta = ruleOf({
  learningRate: 1,
  defaults: { rho: 0.9, epsilon: 1e-6 },
  slots: () => ["square", "delta"],
  numbers: ({ learningRate: rate, rho, epsilon: least }) => ({ rate, keep: rho, take: 1 - rho, least }),
  next(updated, { rate, keep, take, least }) {
    return updated.flatMap(({ variable, gradient, slots: [square, delta] }) => {
      const s = mix(keep, square, take, tf.square(gradient));
      const move = tf.mul(gradient, tf.sqrt(tf.div(tf.add(delta, least), tf.add(s, least))));
      const next = tf.sub(variable, tf.mul(rate, move));
      return [next, s, mix(keep, delta, take, tf.square(move))];
    });
  },
});

/**
 * The optimizers with their hyper-parameters and PyTorch's defaults, in their papers' names as TensorFlow has them. Only
 * `momentum` and `nesterov` have the paper's 0.9 and 0.1 (arXiv:1801.05599), where PyTorch has none.
 */
export const OPTIMIZERS = {
  momentum: momentum(false),
  nesterov: momentum(true),
  sgd,
  adam: adam(false),
  adamw: adam(true),
  rmsprop,
  adagrad,
  adadelta,
} satisfies Record<string, OptimizerRule>;

export type OptimizerName = keyof typeof OPTIMIZERS;

export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as readonly OptimizerName[];
