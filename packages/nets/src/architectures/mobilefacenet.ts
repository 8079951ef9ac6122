import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { batchNorm } from "../layers/batch-norm.ts";
import { type ConvolutionOptions, convolution } from "../layers/convolution.ts";
import { deriveSeed } from "../layers/derive-seed.ts";
import { apply, embeddingLayers } from "../layers/embedding-layers.ts";
import { prelu } from "../layers/prelu.ts";
import type { ResolvedNetOptions } from "./options.ts";

/** A row of the paper's table 1: expansion factor, channels, repeats, stride of the first repeat. */
type Bottlenecks = readonly [expansion: number, channels: number, repeats: number, stride: 1 | 2];

const TABLE: readonly Bottlenecks[] = [
  [2, 64, 5, 2],
  [4, 128, 1, 2],
  [2, 128, 6, 1],
  [4, 128, 1, 2],
  [2, 128, 2, 1],
];

/** Paper and reference say nothing of the statistics; these are the defaults of the frameworks that it is trained with. */
const STATISTICS = { momentum: 0.9, epsilon: 1e-5 };

/**
 * MobileFaceNet (arXiv:1804.07573, table 1): inverted residual bottlenecks of 1×1, depthwise 3×3 and 1×1
 * convolutions, then a depthwise convolution as large as the map in place of a pool, and a linear 1×1 one to the
 * embedding. Convolutions have no bias; each is followed by batch normalisation and, unless linear, by PReLU.
 *
 * `[B, H, W, 3]` → `[B, embeddingSize]`, not normalised.
 */
export function buildMobileFaceNet(options: ResolvedNetOptions): LayersModel {
  const images = input({ shape: [...options.imageSize, 3], name: "images" });
  const convolve = convolutions(options);
  let x = convolve(images, "conv1", { filters: 64, kernel: 3, strides: 2 });
  x = convolve(x, "depthwise1", { kernel: 3 });
  TABLE.forEach(([expansion, channels, repeats, stride], stage) => {
    for (let repeat = 1; repeat <= repeats; repeat++) {
      const name = `stage${stage + 1}/unit${repeat}`;
      const wide = expansion * (x.shape[3] as number);
      const strides = repeat === 1 ? stride : 1;
      let y = convolve(x, `${name}/expand`, { filters: wide, kernel: 1 });
      y = convolve(y, `${name}/depthwise`, { kernel: 3, strides });
      y = convolve(y, `${name}/project`, { filters: channels, kernel: 1, linear: true });
      const residual = strides === 1 && x.shape[3] === channels;
      x = residual ? (layers.add({ name: `${name}/add` }).apply([x, y]) as SymbolicTensor) : y;
    }
  });
  x = convolve(x, "conv2", { filters: 512, kernel: 1 });
  const map = x.shape.slice(1, 3) as [number, number];
  x = convolve(x, "global", { kernel: map, linear: true });
  return model({ inputs: images, outputs: embeddingLayers(x, options, STATISTICS) });
}

interface Convolution extends Pick<ConvolutionOptions, "filters" | "kernel" | "strides"> {
  /** Without PReLU. */
  readonly linear?: boolean;
}

/** Convolutions with batch normalisation and PReLU. */
function convolutions({ seed, padding }: ResolvedNetOptions) {
  return (x: SymbolicTensor, name: string, { linear, ...shape }: Convolution) => {
    const [height, width] = typeof shape.kernel === "number" ? [shape.kernel, shape.kernel] : shape.kernel;
    // He's initialisation by the outputs that an input reaches (arXiv:1502.01852, section 2.2).
    const stddev = Math.sqrt(2 / (height * width * (shape.filters ?? 1)));
    const initializer = initializers.randomNormal({ mean: 0, stddev, seed: deriveSeed(seed, name) });
    const y = convolution(x, { ...shape, name, padding, initializer });
    const normalised = apply(batchNorm(`${name}/bn`, STATISTICS), y);
    return linear ? normalised : apply(prelu(`${name}/prelu`), normalised);
  };
}
