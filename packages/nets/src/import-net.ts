import { createNet, type FaceNet, type NetName } from "./create-net.ts";
import { netVariables } from "./net-variables.ts";
import type { NetOptions } from "./options.ts";
import { pytorchModule } from "./pytorch-names.ts";
import type { NamedTensor, Safetensors } from "./safetensors.ts";
import { assignNet, NetFileError } from "./save-net.ts";

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
 * Builds a net with the weights of a PyTorch model, whose names and layouts (convolutions `[out, in, H, W]`, features
 * flattened as `[C, H, W]`) are translated. `pytorchModule` tells which names each net is known by.
 *
 * @param tensors A PyTorch state dict, as `readSafetensors` gives it; counters of batches are passed over.
 * @param options Of the net; its embedding is as large as the file's.
 * @param source What the tensors come from, for error messages.
 * @throws {NetFileError} Where a tensor is missing, has another shape, or is not of this net.
 */
export function importNet(
  name: NetName,
  tensors: Safetensors["tensors"],
  options: NetOptions = {},
  source = "the tensors",
): FaceNet {
  const embedding = tensors.get(`${pytorchModule(name, "embedding")}.weight`);
  const size = embedding ? { embeddingSize: embedding.shape[0] } : {};
  const net = createNet(name, { ...size, ...options });
  try {
    assignNet(net.model, translate(net, tensors, source), source);
    return net;
  } catch (error) {
    net.model.dispose();
    throw error;
  }
}

/** The tensors under this project's names, in its layouts. */
function translate(net: FaceNet, tensors: Safetensors["tensors"], source: string): Map<string, NamedTensor> {
  const rest = new Set([...tensors.keys()].filter((name) => !name.endsWith(".num_batches_tracked")));
  const translated = new Map<string, NamedTensor>();
  const flattened = net.model.getLayer("flatten").input as { shape: number[] };
  for (const { name, variable } of netVariables(net.model)) {
    const at = name.lastIndexOf("/");
    const theirs = `${pytorchModule(net.name, name.slice(0, at))}.${WEIGHTS[name.slice(at + 1)]}`;
    const found = tensors.get(theirs);
    if (!found) {
      throw new NetFileError(`Cannot load ${net.name} from ${source}: expected a tensor ${theirs}, got none`);
    }
    rest.delete(theirs);
    translated.set(name, toTensorFlow({ ...found, name }, variable.shape, flattened.shape.slice(1)));
  }
  if (rest.size > 0) {
    const [first] = rest;
    throw new NetFileError(
      `Cannot load ${net.name} from ${source}: expected only the net's tensors, got ${first}` +
        `${rest.size > 1 ? ` and ${rest.size - 1} more` : ""}`,
    );
  }
  return translated;
}

/**
 * A tensor of PyTorch's in the layout of TensorFlow's, where it has as many values as `shape`; else as it is, for an
 * error that names both shapes.
 */
function toTensorFlow(tensor: NamedTensor, shape: readonly number[], map: readonly number[]): NamedTensor {
  const { name, data } = tensor;
  if (data.length !== shape.reduce((product, size) => product * size, 1)) return tensor;
  if (name === "embedding/kernel") {
    const [H, W, C] = map;
    return { name, shape, data: permute(data, [shape[1], C, H, W], [2, 3, 1, 0]) };
  }
  const convolution = name.endsWith("/kernel") || name.endsWith("/depthwise_kernel");
  if (!convolution) return { name, shape, data };
  const [height, width, inputs, outputs] = shape;
  const depthwise = name.endsWith("/depthwise_kernel");
  const theirs = depthwise ? [inputs, outputs, height, width] : [outputs, inputs, height, width];
  if (String(theirs) !== String(tensor.shape)) return tensor;
  return { name, shape, data: permute(data, theirs, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]) };
}

/** Values of a tensor with its axes in another order. */
function permute(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(data.length);
  let at = 0;
  const walk = (depth: number, from: number) => {
    if (depth === order.length) {
      result[at++] = data[from];
      return;
    }
    const axis = order[depth];
    for (let i = 0; i < shape[axis]; i++) walk(depth + 1, from + i * strides[axis]);
  };
  walk(0, 0);
  return result;
}
