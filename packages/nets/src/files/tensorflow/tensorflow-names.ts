import type { ForeignNames } from "../foreign-names.ts";

const CONVOLUTION: Readonly<Record<string, string>> = { kernel: "weights", bias: "biases" };

/**
 * The variables of the reference's checkpoints (TensorFlow 1, slim). What else stands there, such as heads,
 * momentum and the step, is left out.
 *
 * - `resface20`, `resface36`: `Resface/ConvS/ConvS_pre`, `Resface/ConvS/…/…_U/{Conv,Conv_1}`, `Resface/Bottleneck`,
 *   each with `weights`, `BatchNorm/…` or `biases`, and `PRelu/prelu_alphas`.
 * - `lresnet50e-ir`: `LResnetE_IR/ConvS/{ConvS_pre,ConvS_main/ConvS_main_U}/{bn1,Conv,bn2,Conv_1,bn3,Conv_2,shortcut_bn}`,
 *   stages counted from 2, `Conv1/Conv1_pre`, `Conv1/Conv1_bn`, `Logits/bn1`, `fc1`, `Bottleneck`.
 */
export const TENSORFLOW: ForeignNames = {
  layout: "tensorflow",
  divisor: () => 128,
  nets: ["resface20", "resface36", "lresnet50e-ir"],
  defaults: () => ({ padding: "same" }),
  names: (net, layer, weight) =>
    net === "lresnet50e-ir" ? lResNetNames(layer, weight) : resFaceNames(net, layer, weight),
  // slim's batch normalisation has no scale unless it is asked for, as the reference's first versions did not.
  implied: (weight, names) =>
    weight === "gamma" && ![...names].some((name) => name.endsWith("/gamma")) ? 1 : undefined,
  isForeign: (net, name) =>
    !name.startsWith(net === "lresnet50e-ir" ? "LResnetE_IR/" : "Resface/") ||
    /\/(Momentum|Adam|Adam_1|RMSProp|RMSProp_1|Adagrad|ExponentialMovingAverage)$/.test(name),
};

function resFaceNames(net: string, layer: string, weight: string): string[] {
  const [name, part] = layer.replace(/\/(bn|prelu)$/, "|$1").split("|");
  const scope = `Resface/${resFaceScope(net, name)}`;
  if (part === "bn") return [`${scope}/BatchNorm/${weight}`];
  // Earlier versions had no scope of its own for the slopes.
  if (part === "prelu") return [`${scope}/PRelu/prelu_alphas`, `${scope}/prelu_alphas`];
  return [`${scope}/${CONVOLUTION[weight]}`];
}

function resFaceScope(net: string, layer: string): string {
  if (layer === "embedding") return "Bottleneck";
  const [, stage, unit, conv] = /^stage(\d)\/(?:down|unit(\d+)\/conv(\d))$/.exec(layer) ?? [];
  if (unit === undefined) return `Conv${stage}/Conv${stage}_pre`;
  const repeat = net === "resface36" && stage !== "4" ? `Conv_${stage}` : `Conv${stage}`;
  return `Conv${stage}/${repeat}/${repeat}_${unit}/${conv === "1" ? "Conv" : "Conv_1"}`;
}

const UNIT: Readonly<Record<string, string>> = {
  bn: "bn1",
  conv1: "Conv",
  "conv1/bn": "bn2",
  prelu: "bn2",
  conv2: "Conv_1",
  "conv2/bn": "bn3",
  shortcut: "Conv_2",
  "shortcut/bn": "shortcut_bn",
};
const LAYERS: Readonly<Record<string, string>> = {
  conv1: "Conv1/Conv1_pre",
  "conv1/bn": "Conv1/Conv1_bn",
  "conv1/prelu": "Conv1/Conv1_bn",
  "features/bn": "Logits/bn1",
  embedding: "fc1",
  "embedding/bn": "Bottleneck",
};

function lResNetNames(layer: string, weight: string): string[] {
  const unit = /^stage(\d)\/unit(\d+)\/(.+)$/.exec(layer);
  let scope = LAYERS[layer];
  if (unit) {
    const stage = `Conv${Number(unit[1]) + 1}`;
    const block = unit[2] === "1" ? `${stage}_pre` : `${stage}_main/${stage}_main_${Number(unit[2]) - 1}`;
    scope = `${stage}/${block}/${UNIT[unit[3]]}`;
  }
  const path = `LResnetE_IR/${scope}`;
  if (weight === "alpha") return [`${path}/prelu_alphas`, `${path}/PRelu/prelu_alphas`];
  return [`${path}/${CONVOLUTION[weight] ?? weight}`];
}
