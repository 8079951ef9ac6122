import { NET_NAMES } from "../architectures/create-net.ts";
import type { ForeignNames } from "./foreign-names.ts";

/** PyTorch's name for a weight of tf.layers. */
const WEIGHTS: Readonly<Record<string, string>> = {
  kernel: "weight",
  depthwise_kernel: "weight",
  bias: "bias",
  alpha: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/**
 * The names of published PyTorch weights. Strided convolutions lay their zeros on every side there.
 *
 * - `mobilefacenet`: `conv1.{conv,bn,prelu}`, `dw_conv1`, `blocks.N.conv.0-7`, `conv2`, `linear7`, `linear1`.
 * - `resface20`, `resface36`, `resface-small`, as SphereFace's 20 layers are called in PyTorch (`sphere20a`):
 *   `convS_K` and `reluS_K` for the K-th convolution of stage S, the strided one first, `fc5`; a head `fc6` is left out.
 *   There is no normalisation, unless the options say so: then it is `bnS_K` and `bn5`.
 * - `lresnet50e-ir`, as InsightFace's `iresnet50`: `conv1`, `bn1`, `prelu`, `layerS.U.{bn1,conv1,bn2,prelu,conv2,bn3}`,
 *   `layerS.0.downsample.{0,1}`, `bn2`, `fc`, `features`; `iresnet18` to `iresnet100` have the same names.
 */
export const PYTORCH: ForeignNames = {
  layout: "pytorch",
  nets: NET_NAMES,
  divisor: (net) => (net.startsWith("iresnet") ? 127.5 : 128),
  defaults: (net) =>
    net.startsWith("resface") ? { padding: "symmetric", batchNorm: false } : { padding: "symmetric" },
  names: (net, layer, weight) => [`${moduleOf(net, layer)}.${WEIGHTS[weight]}`],
  isForeign: (_, name) => name.endsWith(".num_batches_tracked") || name.startsWith("fc6."),
};

function moduleOf(net: string, layer: string): string {
  if (net === "mobilefacenet") return mobileFaceNetModule(layer);
  return net.startsWith("resface") ? sphereModule(layer) : iResNetModule(layer);
}

/** Number of the first bottleneck of each stage. */
const FIRST_BLOCK = [0, 5, 6, 12, 13];
const STEMS: Readonly<Record<string, string>> = {
  depthwise1: "dw_conv1",
  global: "linear7",
  embedding: "linear1",
};
/** Where a bottleneck's convolutions stand in their sequence; normalisation and PReLU follow each. */
const SEQUENCE = { expand: 0, depthwise: 3, project: 6 };
const PARTS = ["conv", "bn", "prelu"];

function mobileFaceNetModule(layer: string): string {
  const unit = /^stage(\d)\/unit(\d)\/(expand|depthwise|project)(?:\/(bn|prelu))?$/.exec(layer);
  if (unit) {
    const [, stage, repeat, kind, part = "conv"] = unit;
    const block = FIRST_BLOCK[Number(stage) - 1] + Number(repeat) - 1;
    return `blocks.${block}.conv.${SEQUENCE[kind as keyof typeof SEQUENCE] + PARTS.indexOf(part)}`;
  }
  const [name, part = "conv"] = layer.split("/");
  return `${STEMS[name] ?? name}.${part}`;
}

const SPHERE = { conv: "conv", bn: "bn", prelu: "relu" };

function sphereModule(layer: string): string {
  const [name, part = "conv"] = layer.replace(/\/(bn|prelu)$/, "|$1").split("|");
  if (name === "embedding") return part === "bn" ? "bn5" : "fc5";
  const [, stage, unit = "0", conv = "1"] = /^stage(\d)\/(?:down|unit(\d+)\/conv(\d))$/.exec(name) ?? [];
  const place = unit === "0" ? 1 : 2 * Number(unit) + Number(conv) - 1;
  return `${SPHERE[part as keyof typeof SPHERE]}${stage}_${place}`;
}

const UNIT: Readonly<Record<string, string>> = {
  bn: "bn1",
  conv1: "conv1",
  "conv1/bn": "bn2",
  prelu: "prelu",
  conv2: "conv2",
  "conv2/bn": "bn3",
  shortcut: "downsample.0",
  "shortcut/bn": "downsample.1",
};
const IRESNET: Readonly<Record<string, string>> = {
  conv1: "conv1",
  "conv1/bn": "bn1",
  "conv1/prelu": "prelu",
  "features/bn": "bn2",
  embedding: "fc",
  "embedding/bn": "features",
};

function iResNetModule(layer: string): string {
  const unit = /^stage(\d)\/unit(\d+)\/(.+)$/.exec(layer);
  return unit ? `layer${unit[1]}.${Number(unit[2]) - 1}.${UNIT[unit[3]]}` : IRESNET[layer];
}
