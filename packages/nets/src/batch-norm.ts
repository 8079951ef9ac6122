import { type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

/**
 * Batch normalisation over the last axis with the reference's settings: decay 0.995, epsilon 1e-3, with
 * scale and offset. In training the layer assigns new moving statistics while it is called.
 */
export function batchNorm(name: string): layers.Layer {
  return tfLayers.batchNormalization({ name, momentum: 0.995, epsilon: 1e-3 });
}
