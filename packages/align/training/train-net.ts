import * as tf from "@tensorflow/tfjs";
import { DETECTOR_NETS } from "../src/nets/detector-nets.ts";
import { Muon } from "./muon.ts";
import type { Student } from "./student.ts";
import type { WindowBatch } from "./window-batch.ts";

/** Weights of the three tasks' losses. */
export interface LossWeights {
  readonly offsets: number;
  readonly points: number;
}

/** Where the loss of a distance turns from square to linear: as shares of the window. */
const LINEAR_FROM = 0.02;
/** Largest length of the gradient. */
const CLIP = 5;
/** Steps over which the learning rate rises. */
const WARM_UP = 200;
const REPORT_EVERY = 200;

/** What a stretch of steps came to, in the mean. */
export interface TrainingProgress {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Mean distances from the truth, as shares of the window. */
  readonly offset: number;
  readonly point: number;
  readonly windowsPerSecond: number;
}

/** Trains a net by Muon, biases and outputs by Adam, the learning rate falling to 0 along half a cosine after a short warm-up. */
export async function trainNet(
  student: Student,
  batches: AsyncIterable<WindowBatch>,
  { steps, learningRate, weights }: { steps: number; learningRate: number; weights: LossWeights },
  onProgress: (progress: TrainingProgress) => void,
): Promise<void> {
  const variables = [...student.variables.values()];
  const isPlain = (name: string) => name.endsWith(".bias") || name.includes(".faces.");
  const byAdam = [...student.variables].filter(([name]) => isPlain(name)).map(([, { name }]) => name);
  const optimizer = new Muon(variables, new Set(byAdam));
  let step = 0;
  let sums = [0, 0, 0, 0];
  let [begin, windows] = [performance.now(), 0];
  for await (const batch of batches) {
    const warm = Math.min(1, (step + 1) / Math.min(WARM_UP, steps / 5));
    const rate = learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    const measured = await update(student, (grads) => optimizer.applyGradients(grads, rate), batch, weights);
    sums = sums.map((sum, i) => sum + measured[i]);
    windows += batch.labels.length;
    if (++step % REPORT_EVERY === 0 || step === steps) {
      const stretch = step % REPORT_EVERY || REPORT_EVERY;
      const [loss, accuracy, offset, point] = sums.map((sum) => sum / stretch);
      const windowsPerSecond = windows / ((performance.now() - begin) / 1000);
      onProgress({ step, loss, accuracy, offset, point, windowsPerSecond });
      sums = [0, 0, 0, 0];
      [begin, windows] = [performance.now(), 0];
    }
  }
  optimizer.dispose();
}

async function update(
  student: Student,
  applyGradients: (grads: tf.NamedTensorMap) => void,
  batch: WindowBatch,
  weights: LossWeights,
): Promise<number[]> {
  const measures = tf.tidy(() => {
    const side = DETECTOR_NETS[student.name].window;
    const count = batch.labels.length;
    const windows = tf.transpose(tf.tensor4d(batch.pixels, [count, 3, side, side]), [0, 2, 3, 1]);
    const of = (values: Float32Array, columns: number) => tf.tensor2d(values, [count, columns]);
    const parts: tf.Scalar[] = [];
    const measure = (values: tf.Tensor, weights: tf.Tensor1D) =>
      parts.push(tf.keep(weighted(values, weights)));
    const { grads, value } = tf.variableGrads(() => {
      const outputs = student.apply(windows as tf.Tensor4D);
      const columns = outputs.shape[1];
      let loss: tf.Tensor = tf.scalar(0);
      if (columns !== 10) {
        const labels = tf.tensor1d(batch.labels);
        const labelWeights = tf.tensor1d(batch.labelWeights);
        const logit = tf.squeeze(
          tf.sub(tf.slice(outputs, [0, 1], [-1, 1]), tf.slice(outputs, [0, 0], [-1, 1])),
          [1],
        );
        const score = tf.softplus(tf.mul(logit, tf.sub(1, tf.mul(2, labels))));
        const right = tf.cast(tf.equal(tf.greater(logit, 0), tf.greater(labels, 0.5)), "float32");
        const offsets = tf.sub(tf.slice(outputs, [0, 2], [-1, 4]), of(batch.offsets, 4));
        const offsetWeights = tf.tensor1d(batch.offsetWeights);
        const offsetLoss = weighted(distance(offsets), offsetWeights);
        measure(right, labelWeights);
        measure(tf.mean(tf.abs(offsets), 1), offsetWeights);
        loss = tf.add(weighted(score, labelWeights), tf.mul(weights.offsets, offsetLoss));
      }
      if (columns !== 6) {
        const points = tf.sub(tf.slice(outputs, [0, columns - 10], [-1, 10]), of(batch.points, 10));
        const pointWeights = tf.tensor1d(batch.pointWeights);
        loss = tf.add(loss, tf.mul(weights.points, weighted(distance(points), pointWeights)));
        measure(tf.mean(tf.abs(points), 1), pointWeights);
      }
      return loss as tf.Scalar;
    }, [...student.variables.values()]);
    const norm = tf.sqrt(tf.addN(Object.values(grads).map((grad) => tf.sum(tf.square(grad)))));
    const factor = tf.minimum(1, tf.div(CLIP, norm));
    applyGradients(
      Object.fromEntries(Object.entries(grads).map(([name, grad]) => [name, tf.mul(grad, factor)])),
    );
    const measures = tf.stack([value, ...parts]);
    tf.dispose(parts);
    return measures;
  });
  const [loss, ...shares] = await measures.data();
  const [accuracy, offset, point = 0] = shares.length > 1 ? shares : [0, 0, shares[0]];
  measures.dispose();
  if (!Number.isFinite(loss))
    throw new Error(`Cannot train ${student.name}: expected a finite loss, got ${loss}`);
  return [loss, accuracy, offset, point];
}

/** Mean over the windows that count. */
function weighted(values: tf.Tensor, weights: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(tf.sum(weights), 1)) as tf.Scalar;
}

/** Pseudo-Huber loss, the mean over a row: the square of small differences, large ones as they are. */
function distance(differences: tf.Tensor): tf.Tensor1D {
  const root = tf.sqrt(tf.add(tf.square(differences), LINEAR_FROM ** 2));
  return tf.mean(tf.sub(root, LINEAR_FROM), 1) as tf.Tensor1D;
}
