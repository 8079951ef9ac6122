import { initializers, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { batchNorm } from "./batch-norm.ts";
import { deriveSeed } from "./derive-seed.ts";
import { SeededDropout } from "./seeded-dropout.ts";

/** What batch normalisation is told in one net. */
export interface StatisticsOptions {
  /** Share of the moving statistics that a training step keeps. */
  readonly momentum: number;
  readonly epsilon: number;
  /** Whether training leaves the scale of the embedding's own batch normalisation at 1; it does not by default. */
  readonly fixedScale?: boolean;
}

/** What a net's end is told of the net. */
export interface EmbeddingOptions {
  readonly embeddingSize: number;
  readonly batchNorm: boolean;
  readonly keepProbability: number;
  readonly seed: number;
}

/**
 * The end that all nets share: features `[B, H, W, C]` are flattened, dropped out, and mapped to the embedding by a
 * dense layer with batch normalisation, or with a bias where the net has none.
 *
 * @throws {RangeError} Where the dense layer would be larger than any memory.
 */
export function embeddingLayers(
  features: SymbolicTensor,
  { embeddingSize, batchNorm: normalised, keepProbability, seed }: EmbeddingOptions,
  statistics: StatisticsOptions,
): SymbolicTensor {
  let x = apply(layers.flatten({ name: "flatten" }), features);
  if (keepProbability < 1) {
    const dropout = { name: "dropout", rate: 1 - keepProbability, seed: deriveSeed(seed, "dropout") };
    x = apply(new SeededDropout(dropout), x);
  }
  checkDense(x.shape[1] as number, embeddingSize);
  const dense = layers.dense({
    name: "embedding",
    units: embeddingSize,
    useBias: !normalised,
    kernelInitializer: initializers.glorotUniform({ seed: deriveSeed(seed, "embedding") }),
  });
  const embeddings = apply(dense, x);
  if (!normalised) return embeddings;
  const norm = batchNorm("embedding/bn", statistics);
  const result = apply(norm, embeddings);
  for (const weight of norm.weights)
    if (weight.originalName.endsWith("/gamma")) weight.trainable = !statistics.fixedScale;
  return result;
}

/** A kernel beyond this many values could not be held in memory, let alone trained. */
const MAX_DENSE = 2 ** 28;

function checkDense(features: number, embeddingSize: number): void {
  const values = features * embeddingSize;
  if (values <= MAX_DENSE) return;
  throw new RangeError(
    `Cannot create a net: expected at most ${MAX_DENSE} weights before the embedding, got ${values} ` +
      `(${features} features times embeddingSize ${embeddingSize}); lower embeddingSize or imageSize`,
  );
}

/** The result of a layer with one input. */
export function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
