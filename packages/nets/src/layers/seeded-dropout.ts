import { add, div, floor, mul, randomUniform, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { type LayersModel, type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

interface SeededDropoutArgs {
  readonly name?: string;
  /** Share of the features that is dropped, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
}

/** What this file needs to know of TensorFlow.js's own layer, whose class is not exported. */
interface StockDropout extends layers.Layer {
  readonly rate: number;
  readonly seed: number;
}

const Stock = tfLayers.dropout({ rate: 0 }).constructor as new (args: SeededDropoutArgs) => StockDropout;

/**
 * Dropout whose mask is a function of `(seed, step)`. TensorFlow.js's own layer draws the same mask at every
 * step where it has a seed, and one that cannot be repeated where it has none. Its name and config are the stock
 * layer's, which is what a saved model loads.
 */
export class SeededDropout extends Stock {
  /** The training step that the next mask belongs to. */
  step = 0;
  /** What masks are made of in place of what `draw` gives. */
  noise: Tensor | undefined;

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    if (!kwargs.training) return x;
    const keep = 1 - this.rate;
    return tidy(() => mul(x, div(floor(add(this.noise ?? this.draw(x.shape), keep)), keep)));
  }

  /** What the mask of `step` is made of: numbers in [0, 1), those below `rate` being dropped. */
  draw(shape: number[]): Tensor {
    return randomUniform(shape, 0, 1, "float32", `${this.seed}/${this.step}`);
  }
}

/** Makes the next training call of the net draw the dropout masks of `step`. */
export function setDropoutStep(model: LayersModel, step: number): void {
  for (const layer of dropoutsOf(model)) layer.step = step;
}

/** What the next training call of the net on `batchSize` images would draw, a tensor for each of its dropouts; the caller disposes them. */
export function drawDropoutNoise(model: LayersModel, batchSize: number): Tensor[] {
  return dropoutsOf(model).map((layer) =>
    layer.draw([batchSize, ...(layer.outputShape as number[]).slice(1)]),
  );
}

/** Calls `f`, in which the net's dropouts use this noise: a recorded step then has it as an input. */
export function withDropoutNoise<T>(model: LayersModel, noise: readonly Tensor[], f: () => T): T {
  const layers = dropoutsOf(model);
  for (const [i, layer] of layers.entries()) layer.noise = noise[i];
  try {
    return f();
  } finally {
    for (const layer of layers) layer.noise = undefined;
  }
}

const dropoutsOf = (model: LayersModel): SeededDropout[] =>
  model.layers.filter((layer) => layer instanceof SeededDropout);
