import { type initializers, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { apply } from "./embedding-layers.ts";
import {
  paddedConvolution,
  paddedDepthwiseConvolution,
  zerosBeforeConvolution,
} from "./padded-convolution.ts";

/**
 * Zeros around a map whose convolution has stride 2: TensorFlow's `same` lays them below and to the right of a map of
 * even size, `symmetric`, as in PyTorch and MXNet, one on every side. Other convolutions are the same.
 */
export type Padding = "same" | "symmetric";

export interface ConvolutionOptions {
  readonly name: string;
  /** Channels of the result; without them each channel is convolved by itself. */
  readonly filters?: number;
  /** Height and width; 1 and 3 keep the map's size but for strides, others take only whole windows. */
  readonly kernel: 1 | 3 | readonly [number, number];
  readonly strides?: 1 | 2;
  readonly padding: Padding;
  readonly useBias?: boolean;
  readonly initializer: ReturnType<typeof initializers.zeros>;
}

/** A convolution layer, with a layer of zeros before it where TensorFlow's `same` would lay them elsewhere. */
export function convolution(input: SymbolicTensor, options: ConvolutionOptions): SymbolicTensor {
  const { name, filters, kernel, strides = 1, padding, useBias = false, initializer } = options;
  const kernelSize: [number, number] = typeof kernel === "number" ? [kernel, kernel] : [...kernel];
  // At stride 1 and with filters of one element there is no difference.
  const padded = kernel === 3 && strides === 2 && padding === "symmetric";
  const same = typeof kernel === "number" && !padded;
  const common = { name, kernelSize, strides, padding: same ? "same" : "valid", useBias } as const;
  const x = padded ? apply(zerosBeforeConvolution(`${name}/pad`), input) : input;
  if (filters !== undefined) {
    const config = { ...common, filters, kernelInitializer: initializer };
    return apply(padded ? paddedConvolution(config) : layers.conv2d(config), x);
  }
  const config = { ...common, depthMultiplier: 1, depthwiseInitializer: initializer };
  return apply(padded ? paddedDepthwiseConvolution(config) : layers.depthwiseConv2d(config), x);
}
