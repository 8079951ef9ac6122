import { Random } from "@amface/data";
import type { NamedTensor } from "@amface/numpy";
import * as tf from "@tensorflow/tfjs";
import { detectorModel } from "../src/nets/detector-model.ts";
import {
  DETECTOR_NETS,
  type DetectorNet,
  type DetectorNetName,
  detectorWeights,
} from "../src/nets/detector-nets.ts";

/** Orders of the axes by rank: of a bias, a matrix, a kernel. */
const TO_PYTORCH: Readonly<Record<number, number[]>> = { 1: [0], 2: [1, 0], 4: [3, 2, 0, 1] };
const FROM_PYTORCH: Readonly<Record<number, number[]>> = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

/** A net of the detector while it is trained, in TensorFlow.js. */
export class Student {
  readonly name: DetectorNetName;
  /** By name, kernels as `[y, x, in, out]` and `[in, out]`. */
  readonly variables: ReadonlyMap<string, tf.Variable>;

  constructor(name: DetectorNetName, seed: number) {
    this.name = name;
    this.variables = new Map(
      detectorWeights(name).map(({ name, shape }) => {
        const size = shape.reduce((product, length) => product * length);
        if (name.endsWith(".bias")) return [name, tf.variable(tf.zeros([size]))];
        // He et al. 2015: standard deviation √(2 / inputs), for ReLU.
        const deviation = Math.sqrt(2 / (size / shape[0]));
        const random = new Random("student", seed, name);
        const data = Float32Array.from({ length: size }, () => deviation * random.normal());
        return [
          name,
          tf.variable(
            tf.tensor(
              data,
              FROM_PYTORCH[shape.length].map((axis) => shape[axis]),
            ),
          ),
        ];
      }),
    );
  }

  /** @param windows `[B, side, side, 3]`. @returns `[B, outputs]`. */
  apply(windows: tf.Tensor4D): tf.Tensor2D {
    const { convs, dense }: DetectorNet = DETECTOR_NETS[this.name];
    const weight = (layer: string) => this.variables.get(`${this.name}.${layer}.weight`) as tf.Variable;
    const bias = (layer: string) => this.variables.get(`${this.name}.${layer}.bias`) as tf.Variable;
    let x = windows;
    for (const { name, stride } of convs) {
      x = tf.relu(tf.add(tf.conv2d(x, weight(name) as tf.Variable<tf.Rank.R4>, stride, "valid"), bias(name)));
    }
    if (!dense) {
      const map = tf.conv2d(x, weight("faces") as tf.Variable<tf.Rank.R4>, 1, "valid");
      return tf.add(tf.reshape(map, [map.shape[0], map.shape[3]]), bias("faces"));
    }
    // As PyTorch flattens, channels first.
    const flat = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]);
    const units = tf.relu(tf.add(tf.matMul(flat, weight("dense") as tf.Variable<tf.Rank.R2>), bias("dense")));
    return tf.add(tf.matMul(units as tf.Tensor2D, weight("faces") as tf.Variable<tf.Rank.R2>), bias("faces"));
  }

  /** @param windows `[B, 3, side, side]`, flat. @returns `[B, outputs]`, flat. */
  async judge(windows: Float32Array, count: number): Promise<Float32Array> {
    const { window: side } = DETECTOR_NETS[this.name];
    const outputs = tf.tidy(() =>
      this.apply(tf.transpose(tf.tensor4d(windows, [count, 3, side, side]), [0, 2, 3, 1]) as tf.Tensor4D),
    );
    const data = (await outputs.data()) as Float32Array;
    outputs.dispose();
    return data;
  }

  /** The weights in PyTorch's layout. */
  async weights(): Promise<NamedTensor[]> {
    return Promise.all(
      detectorWeights(this.name).map(async ({ name, shape }) => {
        const plain = tf.transpose(this.variables.get(name) as tf.Variable, TO_PYTORCH[shape.length]);
        const data = Float32Array.from(await plain.data());
        plain.dispose();
        return { name, shape, data };
      }),
    );
  }

  /** Takes over weights in PyTorch's layout. */
  load(tensors: ReadonlyMap<string, NamedTensor>): void {
    for (const { name, shape } of detectorWeights(this.name)) {
      const { data } = tensors.get(name) as NamedTensor;
      tf.tidy(() =>
        this.variables
          .get(name)
          ?.assign(tf.transpose(tf.tensor(data, [...shape]), FROM_PYTORCH[shape.length])),
      );
    }
  }

  /** The net as an ONNX model. */
  async model(): Promise<Uint8Array> {
    const weights = new Map((await this.weights()).map(({ name, data }) => [name, data]));
    return detectorModel(this.name, (name) => weights.get(name) as Float32Array);
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }
}
