import { dropout, serialization, type Tensor } from "@tensorflow/tfjs-core";
import { type LayersModel, layers } from "@tensorflow/tfjs-layers";

interface SeededDropoutArgs {
  readonly name?: string;
  /** Share of the features that is dropped, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
}

/**
 * Dropout whose mask is a function of `(seed, step)`. TensorFlow.js's own layer draws the same mask at every
 * step where it has a seed, and one that cannot be repeated where it has none.
 */
export class SeededDropout extends layers.Layer {
  static readonly className = "SeededDropout";
  readonly rate: number;
  readonly seed: number;
  /** The training step that the next mask belongs to. */
  step = 0;

  constructor(args: SeededDropoutArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    this.rate = args.rate;
    this.seed = args.seed;
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return kwargs.training ? dropout(x, this.rate, undefined, `${this.seed}/${this.step}`) : x;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

serialization.registerClass(SeededDropout);

/** Makes the next training call of the net draw the dropout masks of `step`. */
export function setDropoutStep(model: LayersModel, step: number): void {
  for (const layer of model.layers) if (layer instanceof SeededDropout) layer.step = step;
}
