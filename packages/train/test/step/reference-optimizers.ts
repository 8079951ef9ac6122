import type { OptimizerName } from "@amface/train";

/** Hyper-parameters off their defaults, and the learning rate of a step. */
export const SETTINGS = {
  momentum: 0.8,
  beta1: 0.7,
  beta2: 0.95,
  rho: 0.85,
  epsilon: 1e-3,
  initialAccumulator: 0.2,
  weightDecay: 0.3,
};

type Slots = Record<"v" | "m" | "s" | "d", number>;
/** One published update of one number, in float64: returns the next weight and changes the slots. */
type Update = (w: number, g: number, rate: number, step: number, slots: Slots) => number;

const { momentum: mu, beta1, beta2, rho, epsilon, initialAccumulator, weightDecay } = SETTINGS;

const adam: Update = (w, g, rate, t, slots) => {
  slots.m = beta1 * slots.m + (1 - beta1) * g;
  slots.v = beta2 * slots.v + (1 - beta2) * g * g;
  const [mean, square] = [slots.m / (1 - beta1 ** t), slots.v / (1 - beta2 ** t)];
  return w - (rate * mean) / (Math.sqrt(square) + epsilon);
};

/** The updates as their papers print them, not rearranged as the trainer's. */
export const REFERENCES: Record<OptimizerName, Update> = {
  momentum: (w, g, rate, _, slots) => {
    slots.v = mu * slots.v + g;
    return w - rate * slots.v;
  },
  nesterov: (w, g, rate, _, slots) => {
    slots.v = mu * slots.v + g;
    return w - rate * (g + mu * slots.v);
  },
  sgd: (w, g, rate) => w - rate * g,
  adam,
  adamw: (w, g, rate, t, slots) => adam(w, g, rate, t, slots) - rate * weightDecay * w,
  rmsprop: (w, g, rate, _, slots) => {
    slots.s = rho * slots.s + (1 - rho) * g * g;
    slots.v = mu * slots.v + g / (Math.sqrt(slots.s) + epsilon);
    return w - rate * slots.v;
  },
  adagrad: (w, g, rate, t, slots) => {
    slots.s = (t === 1 ? initialAccumulator : slots.s) + g * g;
    return w - (rate * g) / (Math.sqrt(slots.s) + epsilon);
  },
  adadelta: (w, g, rate, _, slots) => {
    slots.s = rho * slots.s + (1 - rho) * g * g;
    const delta = (Math.sqrt(slots.d + epsilon) / Math.sqrt(slots.s + epsilon)) * g;
    slots.d = rho * slots.d + (1 - rho) * delta * delta;
    return w - rate * delta;
  },
};
