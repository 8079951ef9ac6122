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

/** What tells one ResFace from another. */
export interface ResFaceTable {
  /** Channels of each stage. */
  readonly channels: readonly number[];
  /** Residual units of each stage. */
  readonly units: readonly number[];
  readonly statistics: StatisticsOptions;
}

/**
 * Residual net of SphereFace and AM-Softmax (arXiv:1704.08063, table 2; arXiv:1801.05599). A stage is a
 * 3×3 convolution of stride 2 and `units` residual units `x + f(x)`, f being two 3×3 convolutions, each
 * followed by batch normalisation and PReLU (the last PReLU comes before the addition). Then the features
 * are flattened, dropped out and mapped to the embedding by a dense layer with batch normalisation. Without
 * batch normalisation the convolutions and the dense layer have biases.
 *
 * `[B, H, W, 3]` → `[B, embeddingSize]`, not normalised.
 */
export function buildResFace(table: ResFaceTable, options: ResolvedNetOptions): LayersModel {
  const xavier = (layer: string) => initializers.glorotUniform({ seed: deriveSeed(options.seed, layer) });
  const narrow = (layer: string) =>
    initializers.truncatedNormal({ stddev: 0.01, seed: deriveSeed(options.seed, layer) });
  const normalise = (x: SymbolicTensor, name: string) =>
    options.batchNorm ? apply(batchNorm(name, table.statistics), x) : x;

  const convolve = (x: SymbolicTensor, name: string, filters: number, strides: 1 | 2): SymbolicTensor => {
    const initializer = strides === 2 ? xavier(name) : narrow(name);
    const useBias = !options.batchNorm;
    const shape = { filters, kernel: 3, strides, padding: options.padding } as const;
    const y = convolution(x, { name, ...shape, useBias, initializer });
    return apply(prelu(`${name}/prelu`), normalise(y, `${name}/bn`));
  };

  const images = input({ shape: [...options.imageSize, 3], name: "images" });
  let x = images;
  table.channels.forEach((channels, s) => {
    const stage = `stage${s + 1}`;
    x = convolve(x, `${stage}/down`, channels, 2);
    for (let u = 1; u <= table.units[s]; u++) {
      const inner = convolve(x, `${stage}/unit${u}/conv1`, channels, 1);
      const residual = convolve(inner, `${stage}/unit${u}/conv2`, channels, 1);
      x = layers.add({ name: `${stage}/unit${u}/add` }).apply([x, residual]) as SymbolicTensor;
    }
  });

  return model({ inputs: images, outputs: embeddingLayers(x, options, table.statistics) });
}
