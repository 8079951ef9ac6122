import { dropout, type Tensor } from "@tensorflow/tfjs-core";
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

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return kwargs.training ? dropout(x, this.rate, undefined, `${this.seed}/${this.step}`) : x;
  }
}

/** Makes the next training call of the net draw the dropout masks of `step`. */
export function setDropoutStep(model: LayersModel, step: number): void {
  for (const layer of model.layers) if (layer instanceof SeededDropout) layer.step = step;
}
