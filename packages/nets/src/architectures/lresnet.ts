import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { batchNorm } from "../layers/batch-norm.ts";
import { convolution } from "../layers/convolution.ts";
import { deriveSeed } from "../layers/derive-seed.ts";
import { apply, embeddingLayers, type StatisticsOptions } from "../layers/embedding-layers.ts";
import { prelu } from "../layers/prelu.ts";
import type { ResolvedNetOptions } from "./options.ts";

/** What differs between the nets of this form. */
export interface LResNetTable {
  /** Residual units of each stage. */
  readonly units: readonly [number, number, number, number];
  readonly statistics: StatisticsOptions;
  /** How convolutions start. */
  initializer(seed: number): ReturnType<typeof initializers.zeros>;
}

/** ArcFace's first code: a normal of variance 2 / fan-out (arXiv:1502.01852, section 2.2). */
export const LRESNET50: LResNetTable = {
  units: [3, 4, 14, 3],
  statistics: { momentum: 0.995, epsilon: 1e-5 },
  initializer: (seed) =>
    initializers.varianceScaling({ scale: 2, mode: "fanOut", distribution: "normal", seed }),
};

/**
 * InsightFace's nets for PyTorch: the same units, with PyTorch's memory of statistics, convolutions that start from a
 * normal of standard deviation 0.1, and embeddings whose last normalisation has no scale to learn.
 */
export const iResNet = (units: LResNetTable["units"]): LResNetTable => ({
  units,
  statistics: { momentum: 0.9, epsilon: 1e-5, fixedScale: true },
  initializer: (seed) => initializers.randomNormal({ mean: 0, stddev: 0.1, seed }),
});

const CHANNELS = [64, 128, 256, 512];

/**
 * LResNet-E-IR of ArcFace (arXiv:1801.07698, section 3.2; `IR` is its residual unit, `E` the end of batch
 * normalisation, dropout, dense layer and batch normalisation): a 3×3 convolution of 64 channels, then four stages of
 * residual units. A unit is batch normalisation, 3×3 convolution, batch normalisation, PReLU, 3×3 convolution and
 * batch normalisation, added to its input; the first of a stage halves the map in its second convolution, and its
 * input passes a 1×1 convolution with batch normalisation instead. Convolutions have no bias.
 *
 * `[B, H, W, 3]` → `[B, embeddingSize]`, not normalised.
 */
export function buildLResNet(table: LResNetTable, options: ResolvedNetOptions): LayersModel {
  const { units, statistics } = table;
  const { seed, padding } = options;
  const normalise = (x: SymbolicTensor, name: string) => apply(batchNorm(name, statistics), x);
  const convolve = (x: SymbolicTensor, name: string, filters: number, kernel: 1 | 3, strides: 1 | 2 = 1) => {
    const initializer = table.initializer(deriveSeed(seed, name));
    const y = convolution(x, { name, filters, kernel, strides, padding, initializer });
    return normalise(y, `${name}/bn`);
  };

  const images = input({ shape: [...options.imageSize, 3], name: "images" });
  let x = apply(prelu("conv1/prelu"), convolve(images, "conv1", CHANNELS[0], 3));
  CHANNELS.forEach((channels, s) => {
    for (let u = 1; u <= units[s]; u++) {
      const name = `stage${s + 1}/unit${u}`;
      const strides = u === 1 ? 2 : 1;
      let y = convolve(normalise(x, `${name}/bn`), `${name}/conv1`, channels, 3);
      y = convolve(apply(prelu(`${name}/prelu`), y), `${name}/conv2`, channels, 3, strides);
      const shortcut = u === 1 ? convolve(x, `${name}/shortcut`, channels, 1, strides) : x;
      x = layers.add({ name: `${name}/add` }).apply([y, shortcut]) as SymbolicTensor;
    }
  });
  return model({
    inputs: images,
    outputs: embeddingLayers(normalise(x, "features/bn"), options, statistics),
  });
}
