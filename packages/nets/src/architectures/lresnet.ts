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
import { apply, embeddingLayers } from "../layers/embedding-layers.ts";
import { prelu } from "../layers/prelu.ts";
import type { ResolvedNetOptions } from "./options.ts";

const STATISTICS = { momentum: 0.995, epsilon: 1e-5 };
const CHANNELS = [64, 128, 256, 512];

/**
 * LResNet-E-IR of ArcFace (arXiv:1801.07698, section 3.2; `IR` is its residual unit, `E` the end of batch
 * normalisation, dropout, dense layer and batch normalisation): a 3×3 convolution of 64 channels, then four stages of
 * residual units. A unit is batch normalisation, 3×3 convolution, batch normalisation, PReLU, 3×3 convolution and
 * batch normalisation, added to its input; the first of a stage halves the map in its second convolution, and its
 * input passes a 1×1 convolution with batch normalisation instead. Convolutions have no bias.
 *
 * `[B, H, W, 3]` → `[B, embeddingSize]`, not normalised.
 *
 * @param units Residual units of each stage.
 */
export function buildLResNet(units: readonly number[], options: ResolvedNetOptions): LayersModel {
  const { seed, padding } = options;
  const normalise = (x: SymbolicTensor, name: string) => apply(batchNorm(name, STATISTICS), x);
  const convolve = (x: SymbolicTensor, name: string, filters: number, kernel: 1 | 3, strides: 1 | 2 = 1) => {
    // ArcFace's code: a normal of variance 2 / fan-out (arXiv:1502.01852, section 2.2).
    const initializer = initializers.varianceScaling({
      ...{ scale: 2, mode: "fanOut", distribution: "normal" },
      seed: deriveSeed(seed, name),
    });
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
    outputs: embeddingLayers(normalise(x, "features/bn"), options, STATISTICS),
  });
}
