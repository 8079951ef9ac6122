import * as tf from "@tensorflow/tfjs-core";
import { type layers, layers as tfLayers } from "@tensorflow/tfjs-layers";

/*
 * A layer of zeros and the convolution behind it, which lays the zeros itself: no padded copy of the map is written. Names,
 * configs, shapes told and weights are those of TensorFlow.js's own layers, which is what a saved model loads.
 */

/** What this file needs to know of TensorFlow.js's own layers, whose classes are not exported. */
interface StockConvolution extends layers.Layer {
  readonly kernel: { read(): tf.Tensor4D };
  readonly depthwiseKernel: { read(): tf.Tensor4D };
  readonly bias?: { read(): tf.Tensor1D } | null;
  readonly strides: [number, number];
}
type Constructor<Config> = new (config: Config) => StockConvolution;

const ZeroPadding = tfLayers.zeroPadding2d().constructor as Constructor<
  Parameters<typeof tfLayers.zeroPadding2d>[0]
>;
const Convolution = tfLayers.conv2d({ filters: 1, kernelSize: 3 }).constructor as Constructor<
  Parameters<typeof tfLayers.conv2d>[0]
>;
const DepthwiseConvolution = tfLayers.depthwiseConv2d({ kernelSize: 3 }).constructor as Constructor<
  Parameters<typeof tfLayers.depthwiseConv2d>[0]
>;

/** Zeros on every side of a map. */
const ZEROS = 1;

const only = (inputs: tf.Tensor | tf.Tensor[]) => (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;

/** TensorFlow's own convolutions, which tfjs-node calls, lay zeros as `same` does or none. */
const layTheirZeros = () => tf.getBackend() !== "tensorflow";

/** Leaves its map as it is where the convolution lays the zeros. */
class ZerosBeforeConvolution extends ZeroPadding {
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[] {
    return layTheirZeros() ? tf.clone(only(inputs)) : super.call(inputs, kwargs);
  }
}

class PaddedConvolution extends Convolution {
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[] {
    if (!layTheirZeros()) return super.call(inputs, kwargs);
    const { kernel, bias, strides } = this;
    const common = { x: only(inputs), filter: kernel.read(), strides, pad: ZEROS };
    return tf.fused.conv2d({ ...common, ...(bias && { bias: bias.read() }) });
  }
}

class PaddedDepthwiseConvolution extends DepthwiseConvolution {
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor | tf.Tensor[] {
    if (!layTheirZeros()) return super.call(inputs, kwargs);
    const y = tf.depthwiseConv2d(only(inputs), this.depthwiseKernel.read(), this.strides, ZEROS);
    return this.bias ? tf.add(y, this.bias.read()) : y;
  }
}

/** A layer of one zero on every side of a map, for a convolution of this file behind it and nothing else. */
export const zerosBeforeConvolution = (name: string): layers.Layer =>
  new ZerosBeforeConvolution({ name, padding: ZEROS });

export const paddedConvolution = (config: Parameters<typeof tfLayers.conv2d>[0]): layers.Layer =>
  new PaddedConvolution(config);

export const paddedDepthwiseConvolution = (
  config: Parameters<typeof tfLayers.depthwiseConv2d>[0],
): layers.Layer => new PaddedDepthwiseConvolution(config);
