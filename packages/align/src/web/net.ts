import * as tf from "@tensorflow/tfjs-core";
import {
  DETECTOR_NETS,
  type DetectorNet,
  type DetectorNetName,
  type GetWeight,
} from "../nets/detector-nets.ts";

/** A convolution without padding; dense layers are those whose kernel is as large as the map. */
interface Layer {
  /** `[y, x, in, out]`. */
  readonly kernel: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
  readonly stride: number;
  readonly activation: "relu" | "linear";
}

/** One of the cascade's nets on TensorFlow.js. */
export class Net {
  readonly outputs: number;
  readonly #layers: readonly Layer[];

  /** @throws {WeightsError} Where `get` does. */
  constructor(name: DetectorNetName, get: GetWeight) {
    const { window, convs, dense, outputs }: DetectorNet = DETECTOR_NETS[name];
    let [channels, side] = [3, window];
    const layer = (
      of: string,
      [out, size]: readonly [number, number],
      options: { stride?: number; linear?: boolean; flat?: boolean } = {},
    ): Layer => {
      const { stride = 1, linear = false, flat = false } = options;
      const shape = [out, channels, size, size] as const;
      const weights = get(`${name}.${of}.weight`, flat ? [out, channels * size * size] : shape);
      const bias = get(`${name}.${of}.bias`, [out]);
      [channels, side] = [out, Math.floor((side - size) / stride) + 1];
      return {
        kernel: tf.tidy(() => tf.transpose(tf.tensor4d(weights, [...shape]), [2, 3, 1, 0])),
        bias: tf.tensor1d(bias),
        stride,
        activation: linear ? "linear" : "relu",
      };
    };
    const layers = convs.map(({ name, size, stride, channels }) => layer(name, [channels, size], { stride }));
    if (dense) layers.push(layer("dense", [dense, side], { flat: true }));
    layers.push(layer("faces", [outputs, side], { linear: true, flat: dense !== undefined }));
    this.#layers = layers;
    this.outputs = outputs;
  }

  /**
   * @param pixels `[count, height, width, 3]`.
   * @returns `[count, mapHeight, mapWidth, outputs]` and the map's sides.
   */
  async run(pixels: Float32Array, [count, height, width]: readonly [number, number, number]) {
    const result = tf.tidy(() =>
      this.#layers.reduce<tf.Tensor4D>(
        (x, { kernel, bias, stride, activation }) =>
          tf.fused.conv2d({ x, filter: kernel, strides: stride, pad: "valid", bias, activation }),
        tf.tensor4d(pixels, [count, height, width, 3]),
      ),
    );
    try {
      const [, mapHeight, mapWidth] = result.shape;
      return { values: (await result.data()) as Float32Array, mapHeight, mapWidth };
    } finally {
      result.dispose();
    }
  }

  /** Sides of the map that the net makes of images of these sides. */
  mapOf(side: number): number {
    return this.#layers.reduce(
      (n, { kernel, stride }) => Math.floor((n - kernel.shape[0]) / stride) + 1,
      side,
    );
  }

  dispose(): void {
    tf.dispose(this.#layers.map(({ kernel, bias }) => ({ kernel, bias })));
  }
}
