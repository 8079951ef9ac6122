import { NET_NAMES } from "@amface/nets";
import { LOSS_NAMES, OPTIMIZER_NAMES, PRECISIONS, PRESET_NAMES, PRESETS } from "@amface/train";
import type { OptionSpecs } from "../command/command.ts";
import { integer, jsonObject, number, numbers, oneOf } from "../command/parse.ts";
import { engineOption, gpuMemoryOption } from "../options/engine-option.ts";
import { evaluationOptions } from "./evaluation-options.ts";

/** The options of `amface train`; most are the config's, in kebab case. */
export const trainOptions = {
  "data-dir": { heading: "Data", value: "DIR", help: "identity folders of aligned crops, or shards of them" },
  "exclude-file": {
    value: "FILE",
    help: "photos and identities to leave out, as amface filter and overlap write them",
  },
  "filter-min-nrof-images-per-class": {
    value: "N",
    help: "leave out identities of fewer photos, after --exclude-file [0]",
    parse: integer(0),
  },
  "pretrained-model": {
    value: "MODEL",
    help: "saved model or finished run to start from, with a new head",
  },
  "run-dir": {
    heading: "Run",
    value: "DIR",
    help: "where the run's config, metrics, checkpoints and model go [runs/<date>]",
  },
  preset: {
    value: "NAME",
    help: PRESET_NAMES.map((name) => `${name} (${PRESETS[name].summary})`).join("; "),
    parse: oneOf(...PRESET_NAMES),
  },
  config: {
    value: "FILE",
    help: "any of these options in camelCase, as JSON or the default export of a .ts or .js module; it wins over --preset, flags over both",
  },
  resume: { value: "RUN", help: "go on with this run directory from its newest checkpoint" },
  net: {
    heading: "Net",
    value: "NAME",
    help: `one of ${NET_NAMES.join(", ")} [resface20]`,
    parse: oneOf(...NET_NAMES),
  },
  "embedding-size": { value: "D", help: "size of the embedding [the net's own]", parse: integer(1) },
  "image-size": {
    value: "H,W",
    help: "height and width of the crops [112,96]",
    parse: numbers(2, integer(1)),
  },
  "no-batch-norm": { help: "biases instead of batch normalisation: the paper's own net" },
  "keep-probability": { value: "P", help: "share of features that dropout keeps [1]", parse: number(0, 1) },
  "max-nrof-epochs": {
    heading: "Steps",
    value: "N",
    help: "epochs to train [20, or as many as --max-steps takes]",
    parse: integer(1),
  },
  "max-steps": { value: "N", help: "steps to train; the first of the two ends the run", parse: integer(1) },
  "batch-size": {
    value: "N",
    help: "photos a step; auto: as many as the device has memory for, by doubling from 8 to 512 [64]",
    parse: (text: string): number | "auto" => (text === "auto" ? text : integer(1)(text)),
  },
  "epoch-size": { value: "N", help: "steps an epoch [one pass over the photos]", parse: integer(1) },
  "no-random-flip": { heading: "Photos", help: "do not mirror photos at random" },
  augment: {
    value: "JSON",
    help: 'changes to photos, such as {"cropJitter": 2, "brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "grey": 0.1, "blur": 1, "jpegQuality": [40, 95], "cutout": 0.3}',
    parse: jsonObject,
  },
  balance: {
    value: "P,K",
    help: "batches of K photos of each of P identities, P·K being the batch size",
    parse: balanceOf,
  },
  loss: {
    heading: "Loss",
    value: "NAME",
    help: `one of ${LOSS_NAMES.join(", ")} [am-softmax]`,
    parse: oneOf(...LOSS_NAMES),
  },
  margin: {
    value: "M",
    help: "margin of am-softmax [0.35], sphereface [4], arcface [0.5], adaface [0.4]",
    parse: number(0),
  },
  "margin-warmup-steps": { value: "N", help: "steps in which the margin rises to M [0]", parse: integer(0) },
  "margin-start": { value: "M", help: "where it starts [0]", parse: number(0) },
  scale: {
    value: "S",
    help: "scale of am-softmax, normalised-softmax [30], arcface, combined, adaface [64]",
    parse: number(0),
  },
  "scale-warmup-steps": { value: "N", help: "steps in which the scale rises to S [0]", parse: integer(0) },
  "scale-start": { value: "S", help: "where it starts [1]", parse: number(0) },
  m1: { value: "M", help: "combined: times the angle [1]", parse: number(1) },
  m2: { value: "M", help: "combined: added to the angle, in radians [0.3]", parse: number(0) },
  m3: { value: "M", help: "combined: off the cosine [0.2]", parse: number(0) },
  concentration: { value: "H", help: "h of adaface [0.333]", parse: number(0) },
  "annealing-least": { value: "L", help: "where sphereface's λ stops to fall [5]", parse: number(0) },
  "center-loss-factor": { value: "F", help: "factor of an added center loss [0]", parse: number(0) },
  "center-loss-alfa": {
    value: "A",
    help: "share of its place that a centre keeps a step [0.95]",
    parse: number(0, 1),
  },
  "weight-decay": { value: "W", help: "L2 penalty on kernels and head [0.0005]", parse: number(0) },
  optimizer: {
    heading: "Optimizer",
    value: "NAME",
    help: `one of ${OPTIMIZER_NAMES.join(", ")} [momentum]; the next six are theirs, by PyTorch's defaults`,
    parse: oneOf(...OPTIMIZER_NAMES),
  },
  momentum: { value: "M", help: "of momentum and nesterov [0.9], rmsprop [0]", parse: number(0, 1) },
  beta1: { value: "B", help: "of adam and adamw [0.9]", parse: number(0, 1) },
  beta2: { value: "B", help: "of adam and adamw [0.999]", parse: number(0, 1) },
  rho: { value: "R", help: "of rmsprop [0.99], adadelta [0.9]", parse: number(0, 1) },
  epsilon: {
    value: "E",
    help: "of adam, adamw, rmsprop [1e-8], adagrad [1e-10], adadelta [1e-6]",
    parse: number(0),
  },
  "initial-accumulator": { value: "A", help: "of adagrad [0]", parse: number(0) },
  "clip-norm": { value: "L", help: "length to which the gradient is cut [not]", parse: number(0) },
  "accumulate-steps": {
    value: "N",
    help: "parts in which a batch is computed, for batches larger than memory [1]",
    parse: integer(1),
  },
  precision: {
    value: "NAME",
    help: "of convolutions in training steps: float32, or float16 on GPUs that have it [float32]",
    parse: oneOf(...PRECISIONS),
  },
  "ema-decay": {
    value: "D",
    help: "evaluate and save an average of the weights that keeps D a step [none]",
    parse: number(0, 1),
  },
  "learning-rate": {
    heading: "Learning rate",
    value: "R",
    help: "learning rate at first [0.1; adam, adamw 0.001; rmsprop, adagrad 0.01; adadelta 1]",
    parse: number(0),
  },
  schedule: {
    value: "SCHEDULE",
    help: 'how it changes: constant, exponential, polynomial, cosine, or JSON such as {"type": "step", "milestones": [16000, 24000]}',
    parse: scheduleOf,
  },
  "learning-rate-decay-epochs": { value: "N", help: "epochs between two decays [100]", parse: integer(1) },
  "learning-rate-decay-factor": { value: "F", help: "factor of a decay [1]", parse: number(0, 1) },
  "learning-rate-schedule-file": {
    value: "FILE",
    help: "lines `epoch: rate`; -1 stops; replaces the rates above",
  },
  "checkpoint-epochs": {
    heading: "Checkpoints and safety",
    value: "N",
    help: "epochs between two checkpoints [1]",
    parse: integer(1),
  },
  "checkpoints-kept": { value: "N", help: "checkpoints kept on disk [3]", parse: integer(1) },
  "checkpoint-steps": {
    value: "N",
    help: "steps between two checkpoints, besides those of epochs [none]",
    parse: integer(1),
  },
  "on-divergence": {
    value: "WAY",
    help: "loss not finite or exploding: stop, or rewind to a checkpoint and halve the rate [stop]",
    parse: oneOf("stop", "rewind"),
  },
  "max-rewinds": { value: "N", help: "how often a run may rewind [3]", parse: integer(0) },
  "explosion-factor": {
    value: "F",
    help: "a loss explodes above F times the median of the last 50 and above all of them [3]",
    parse: number(1),
  },
  "explosion-steps": { value: "N", help: "... in N steps running [5]", parse: integer(1) },
  "skip-corrupt": { help: "pass over damaged records of shards, and count them" },
  seed: { value: "N", help: "seed of weights, order, flips and dropout [0]", parse: integer(0) },
  ...evaluationOptions,
  engine: { heading: "Machine", ...engineOption },
  "gpu-memory": gpuMemoryOption,
} as const satisfies OptionSpecs;

/** A schedule by its name, or with options as JSON; the config's schema checks them, as all that is JSON here. */
function scheduleOf(text: string): object {
  return text.trimStart().startsWith("{") ? jsonObject(text) : { type: text };
}

function balanceOf(text: string): object {
  const [identities, photos] = numbers(2, integer(1))(text);
  return { identities, photos };
}
