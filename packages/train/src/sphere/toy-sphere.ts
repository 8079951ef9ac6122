import { Random, toImages } from "@amface/data";
import type { RgbImage } from "@amface/images";
import { amSoftmaxLogits, crossEntropy } from "@amface/loss";
import { deriveSeed } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, type Sequential, sequential } from "@tensorflow/tfjs-layers";

/** Crops and whose they are; all of one size. */
export interface LabelledCrops {
  readonly crops: readonly RgbImage[];
  /** An identity, 0 to N-1, a crop. */
  readonly labels: readonly number[];
}

export interface ToySphereOptions {
  /** Margin `m` of AM-Softmax. */
  readonly margin: number;
  /** Scale `s` of AM-Softmax; default 16. */
  readonly scale?: number;
  /** Steps of Adam; default 80. */
  readonly steps?: number;
  /** Crops a step; default 64. */
  readonly batchSize?: number;
  /** Default 0.004. */
  readonly learningRate?: number;
  /** Seed of weights and order; default 0. */
  readonly seed?: number;
}

/** Where a net of three outputs puts the crops that it learned on the unit sphere. */
export interface ToySphere {
  readonly margin: number;
  readonly labels: readonly number[];
  /** `[B][3]`: a unit vector a crop. */
  readonly points: readonly (readonly number[])[];
  /** Cross-entropy of the last step. */
  readonly loss: number;
  /** Share of the crops that are nearer to their own identity's centre than to any other. */
  readonly accuracy: number;
  /** Mean angle between a crop and the centre of its identity, in degrees. */
  readonly within: number;
  /** Mean of a crop's angle to the nearest other centre less that to its own, in degrees. */
  readonly gap: number;
}

/**
 * The toy experiment of AM-Softmax (arXiv:1801.05599, figure 4): a net with three outputs learns a few identities, so
 * that their embeddings can be drawn on a sphere and the margin's effect seen. The net is three strided convolutions
 * and a dense layer; it learns and is measured on the same crops, which shows what the loss asks for, not how well it
 * carries over.
 *
 * @returns Plain numbers; no tensor is left behind.
 * @throws {RangeError} Where crops have different sizes, or a label is no whole number of 0 or more.
 */
export async function toySphere(faces: LabelledCrops, options: ToySphereOptions): Promise<ToySphere> {
  const { crops, labels } = faces;
  const { margin, scale = 16, steps = 80, batchSize = 64, learningRate = 0.004, seed = 0 } = options;
  const net = tinyNet([crops[0].height, crops[0].width, 3], seed);
  const head_DN = headOf(Math.max(...labels) + 1, seed);
  const variables = [...net.trainableWeights.map((weight) => weight.read() as tf.Variable), head_DN];
  const optimizer = tf.train.adam(learningRate);
  let loss = Number.NaN;
  try {
    for (let step = 0; step < steps; step++) {
      const batch = batchOf(faces, step, batchSize, seed);
      const value = optimizer.minimize(
        () => {
          const emb_BD = net.apply(batch.images, { training: true }) as tf.Tensor2D;
          return crossEntropy(
            amSoftmaxLogits(emb_BD, head_DN, batch.labels, { margin, scale }),
            batch.labels,
          );
        },
        true,
        variables,
      ) as tf.Scalar;
      [loss] = await value.data();
      tf.dispose([value, batch.images, batch.labels]);
    }
    const points = await unitEmbeddings(net, crops);
    return { margin, labels, points, loss, ...measure(points, labels) };
  } finally {
    optimizer.dispose();
    head_DN.dispose();
    net.dispose();
  }
}

function tinyNet(inputShape: [number, number, number], seed: number): Sequential {
  const he = (name: string) => initializers.heNormal({ seed: deriveSeed(seed, name) });
  const convolutions = [8, 16, 32].flatMap((filters, i) => [
    layers.conv2d({
      ...{ filters, kernelSize: 3, strides: 2, padding: "same", kernelInitializer: he(`conv${i}`) },
      ...(i === 0 ? { inputShape } : {}),
    }),
    layers.leakyReLU({ alpha: 0.25 }),
  ]);
  const dense = layers.dense({ units: 3, kernelInitializer: he("embedding") });
  return sequential({ layers: [...convolutions, layers.flatten(), dense] });
}

function headOf(identities: number, seed: number): tf.Variable<tf.Rank.R2> {
  const xavier = initializers.glorotNormal({ seed: deriveSeed(seed, "head") });
  return tf.tidy(() => tf.variable(xavier.apply([3, identities]) as tf.Tensor2D));
}

/** Crops of a step: one pass after the other, each in an order of its own, without the rest that fills no batch. */
function batchOf({ crops, labels }: LabelledCrops, step: number, batchSize: number, seed: number) {
  const size = Math.min(batchSize, crops.length);
  const perPass = Math.floor(crops.length / size);
  const pass = Math.floor(step / perPass);
  const from = (step % perPass) * size;
  const order = [...new Random("sphere", seed, pass).permutation(crops.length)].slice(from, from + size);
  return {
    images: toImages(order.map((i) => crops[i])),
    labels: tf.tensor1d(
      order.map((i) => labels[i]),
      "int32",
    ),
  };
}

async function unitEmbeddings(net: Sequential, crops: readonly RgbImage[]): Promise<number[][]> {
  const embeddings = tf.tidy(() => net.predict(toImages(crops)) as tf.Tensor2D);
  const rows = (await embeddings.array()) as number[][];
  embeddings.dispose();
  return rows.map(unit);
}

/** Angles between the points and the centres of the identities. */
function measure(points: readonly (readonly number[])[], labels: readonly number[]) {
  const centres = Array.from({ length: Math.max(...labels) + 1 }, (_, identity) =>
    unit(
      [0, 1, 2].map((d) => mean(points.filter((_, i) => labels[i] === identity).map((point) => point[d]))),
    ),
  );
  const angles = points.map((point, i) => {
    const all = centres.map((centre) => degreesBetween(point, centre));
    return { own: all[labels[i]], other: Math.min(...all.filter((_, identity) => identity !== labels[i])) };
  });
  return {
    accuracy: mean(angles.map(({ own, other }) => Number(own < other))),
    within: mean(angles.map(({ own }) => own)),
    gap: mean(angles.map(({ own, other }) => other - own)),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function degreesBetween(a: readonly number[], b: readonly number[]): number {
  const cosine = a.reduce((sum, value, d) => sum + value * b[d], 0);
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}
