import type { NamedTensor, Safetensors } from "@amface/numpy";
import { createNet, type FaceNet, type NetName } from "../architectures/create-net.ts";
import { netVariables } from "../architectures/net-variables.ts";
import type { NetOptions } from "../architectures/options.ts";
import type { ForeignNames } from "./foreign-names.ts";
import { assignNet, NetFileError } from "./net-file.ts";
import { permute } from "./permute.ts";
import { PYTORCH } from "./pytorch-names.ts";
import { TENSORFLOW } from "./tensorflow/tensorflow-names.ts";

/** Options of the net, by default those of the program that the weights come from. */
export interface ImportOptions extends NetOptions {
  /** Whose names and layouts the tensors have: PyTorch's (default), or those of the reference's TensorFlow 1. */
  readonly from?: "pytorch" | "tensorflow";
  /** What the program divides 8-bit pixels by after it took 127.5 off: 127.5 for InsightFace's `iresnet…`, else 128. */
  readonly divisor?: number;
  /** What the tensors come from, for error messages. */
  readonly source?: string;
}

/**
 * Builds a net with the weights of another program's model, whose names and layouts are translated; `PYTORCH` and
 * `TENSORFLOW` list the names. The embedding is as large as the model's. A bias before the last batch normalisation is
 * taken off its moving mean, and another range of the images is made up for in the first convolution, which is the same.
 * PyTorch's names may have a prefix, as `module.` or `backbone.`.
 *
 * @param tensors A PyTorch state dict, as `readSafetensors` gives it, or a checkpoint, as `readTensorFlowCheckpoint`.
 * @throws {NetFileError} Where a tensor is missing, has another shape, or is not of this net.
 * @throws {RangeError} For a net whose names there are not known.
 */
export function importNet(
  name: NetName,
  tensors: Safetensors["tensors"],
  { from = "pytorch", source = "the tensors", divisor, ...options }: ImportOptions = {},
): FaceNet {
  const foreign = from === "tensorflow" ? TENSORFLOW : PYTORCH;
  if (!foreign.nets.includes(name)) {
    const expected = `one of ${foreign.nets.join(", ")}`;
    throw new RangeError(`Cannot import a net from ${from}: expected ${expected}, got ${name}`);
  }
  const own = from === "pytorch" ? withoutPrefix(name, tensors) : tensors;
  const net = createNet(name, { ...sizesOf(name, own, foreign), ...foreign.defaults(name), ...options });
  try {
    const translated = translate(net, own, foreign, source);
    scaleFirst(net, translated, 128 / (divisor ?? foreign.divisor(name)));
    assignNet(net.model, translated, source);
    return net;
  } catch (error) {
    net.model.dispose();
    throw error;
  }
}

/**
 * The tensors of the net under their own names, where a program wraps it in `module.`, `backbone.` or several; what it
 * has beside the net is left out then.
 */
export function withoutPrefix<T>(net: string, tensors: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const [embedding] = PYTORCH.names(net, "embedding", "kernel");
  if (tensors.has(embedding)) return tensors;
  const under = (prefix: string) => [...tensors].filter(([name]) => name.startsWith(prefix));
  const [largest = []] = [...tensors.keys()]
    .filter((name) => name.endsWith(`.${embedding}`))
    .map((name) => name.slice(0, -embedding.length))
    .map((prefix) => under(prefix).map(([name, tensor]) => [name.slice(prefix.length), tensor] as const))
    .sort((a, b) => b.length - a.length);
  return largest.length > 0 ? new Map(largest) : tensors;
}

/** Sizes of embedding and image as far as the tensors tell them. */
export function sizesOf(
  net: string,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  foreign: ForeignNames,
): NetOptions {
  const embedding = tensors.get(foreign.names(net, "embedding", "kernel")[0]);
  if (embedding === undefined) return {};
  if (foreign.layout === "tensorflow") return { embeddingSize: embedding.shape[1] };
  // The map has 7×6 places of an image of 112×96, and 7×7 of one of 112×112; channels have no factor 7.
  const { shape } = tensors.get(foreign.names(net, "global", "depthwise_kernel")[0]) ?? embedding;
  const square = sizeOf(shape.slice(1)) % 49 === 0;
  return { embeddingSize: embedding.shape[0], ...(square && { imageSize: [112, 112] }) };
}

/** Makes the first convolution, which has zeros around its input, take images that are `scale` times smaller. */
function scaleFirst(net: FaceNet, tensors: Map<string, NamedTensor>, scale: number): void {
  const [{ name }] = netVariables(net.model);
  const kernel = tensors.get(name);
  if (kernel && scale !== 1)
    tensors.set(name, { ...kernel, data: kernel.data.map((value) => value * scale) });
}

/** The tensors under this project's names, in its layouts. */
function translate(
  net: FaceNet,
  tensors: Safetensors["tensors"],
  foreign: ForeignNames,
  source: string,
): Map<string, NamedTensor> {
  const refuse = (expected: string, got: string): never => {
    throw new NetFileError(`Cannot load ${net.name} from ${source}: expected ${expected}, got ${got}`);
  };
  const rest = new Set([...tensors.keys()].filter((name) => !foreign.isForeign(net.name, name)));
  const take = (layer: string, weight: string) => {
    const names = foreign.names(net.name, layer, weight);
    const found = names.find((name) => tensors.has(name));
    if (found !== undefined) rest.delete(found);
    return { names, tensor: found === undefined ? undefined : tensors.get(found) };
  };
  const translated = new Map<string, NamedTensor>();
  const { shape } = net.model.getLayer("flatten").input as { shape: number[] };
  for (const { name, variable } of netVariables(net.model)) {
    const at = name.lastIndexOf("/");
    const { names, tensor } = take(name.slice(0, at), name.slice(at + 1));
    const value = foreign.implied?.(name.slice(at + 1), tensors.keys());
    if (tensor === undefined && value !== undefined) {
      const data = new Float32Array(sizeOf(variable.shape)).fill(value);
      translated.set(name, { name, shape: variable.shape, data });
      continue;
    }
    if (tensor === undefined) return refuse(`a tensor ${names[0]}`, "none");
    const named = { ...tensor, name };
    translated.set(
      name,
      foreign.layout === "pytorch"
        ? toTensorFlow(named, variable.shape, shape.slice(1))
        : sameSize(named, variable.shape),
    );
  }
  if (net.options.batchNorm) foldBias(translated, take("embedding", "bias").tensor);
  if (rest.size > 0) {
    const [first] = rest;
    refuse("only the net's tensors", `${first}${rest.size > 1 ? ` and ${rest.size - 1} more` : ""}`);
  }
  return translated;
}

/** Takes the bias of the dense layer off the mean that batch normalisation subtracts behind it. */
function foldBias(tensors: Map<string, NamedTensor>, bias: NamedTensor | undefined): void {
  const name = "embedding/bn/moving_mean";
  const mean = tensors.get(name);
  if (!mean || bias?.data.length !== mean.data.length) return;
  tensors.set(name, { ...mean, data: mean.data.map((value, i) => value - bias.data[i]) });
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** The tensor with axes of size 1 as in `shape`; else as it is, for an error that names both shapes. */
function sameSize(tensor: NamedTensor, shape: readonly number[]): NamedTensor {
  const wide = (sizes: readonly number[]) => String(sizes.filter((size) => size !== 1));
  return wide(tensor.shape) === wide(shape) ? { ...tensor, shape } : tensor;
}

/** A tensor of PyTorch's in the layout of TensorFlow's; as it is where it does not fit, for an error that names both shapes. */
function toTensorFlow(tensor: NamedTensor, shape: readonly number[], map: readonly number[]): NamedTensor {
  const { name, data } = tensor;
  if (data.length !== sizeOf(shape)) return tensor;
  if (name === "embedding/kernel") {
    const [H, W, C] = map;
    return { name, shape, data: permute(data, [shape[1], C, H, W], [2, 3, 1, 0]) };
  }
  const depthwise = name.endsWith("/depthwise_kernel");
  if (!depthwise && !name.endsWith("/kernel")) return sameSize(tensor, shape);
  const [height, width, inputs, outputs] = shape;
  const theirs = depthwise ? [inputs, outputs, height, width] : [outputs, inputs, height, width];
  if (String(theirs) !== String(tensor.shape)) return tensor;
  return { name, shape, data: permute(data, theirs, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]) };
}
