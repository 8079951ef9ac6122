import { initializers, type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

/** PReLU of a `[B, H, W, C]` map with one slope a channel, 0.25 at first (arXiv:1502.01852). */
export function prelu(name: string): layers.Layer {
  return tfLayers.prelu({
    name,
    alphaInitializer: initializers.constant({ value: 0.25 }),
    sharedAxes: [1, 2],
  });
}
