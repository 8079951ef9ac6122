import type { LayersModel } from "@tensorflow/tfjs-layers";

/** How many numbers these weights hold. */
export function countParameters(weights: LayersModel["weights"]): number {
  return weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/**
 * Floating-point operations of one example in inference: two for every multiply-add of convolutions and dense
 * layers. What is done element by element (normalisation, activations, sums) is left out, as papers do.
 */
export function countFlops(model: LayersModel): number {
  return model.layers.reduce((sum, layer) => {
    const kernel = layer.weights.find(({ originalName }) => /\/(depthwise_)?kernel$/.test(originalName));
    if (!kernel) return sum;
    // Every place of the result's map needs each of the kernel's values once.
    const places = (layer.outputShape as (number | null)[]).slice(1, -1);
    return sum + 2 * sizeOf(kernel.shape) * sizeOf(places);
  }, 0);
}

const sizeOf = (shape: readonly (number | null)[]) =>
  shape.reduce<number>((product, size) => product * (size ?? 1), 1);
