import * as tf from "@tensorflow/tfjs-core";
import { requireIdentities, requireLabels } from "./expect.ts";

/*
 * A row's own identity is one of N columns. It is reached by its place, (row, label), and never by a matrix of ones
 * and zeros, which would be as large as the logits themselves: 100 MB for 256 rows and 100,000 identities.
 */

/**
 * Checks that labels name identities. Every loss does; to call it before a gradient is taken spares the tensors that
 * TensorFlow.js leaves behind where an error ends one. Reads the labels, which come from the host and
 * are still there; where they have no values, as inputs of a function that is exported or recorded, they are trusted.
 *
 * @param labels_B `[B]` int32, expected to be in 0..N-1.
 * @param shape Of the logits, `[B, N]`.
 * @throws {TypeError} When the labels are not int32 of rank 1.
 * @throws {RangeError} When there is not one label a row and at least one row, or one is outside 0..N-1.
 */
export function checkLabels(
  labels_B: tf.Tensor1D,
  [rows, identities]: readonly [number, number],
  doing = "use",
): void {
  requireLabels(doing, labels_B, rows);
  requireIdentities(doing, identities);
  const labels = hostValues(labels_B);
  const wrong = labels?.findIndex((label) => label < 0 || label >= identities) ?? -1;
  if (labels === undefined || wrong === -1) return;
  throw new RangeError(
    `Cannot ${doing} labels: expected each in 0..${identities - 1}, got ${labels[wrong]} in row ${wrong}`,
  );
}

/**
 * The places of the labels in a matrix `[B, N]`: `[B, 2]` int32, (row, label).
 *
 * @throws As `checkLabels`.
 */
export function targetPlaces(
  doing: string,
  labels_B: tf.Tensor1D,
  shape: readonly [number, number],
): tf.Tensor2D {
  checkLabels(labels_B, shape, doing);
  const labels = hostValues(labels_B);
  if (labels === undefined) {
    const rows_B = tf.sub(tf.cumsum(tf.onesLike(labels_B)), tf.scalar(1, "int32"));
    return tf.stack([rows_B, labels_B], 1) as tf.Tensor2D;
  }
  const places = new Int32Array(2 * shape[0]);
  for (const [row, label] of labels.entries()) places.set([row, label], 2 * row);
  return tf.tensor2d(places, [shape[0], 2], "int32");
}

/** Labels that were read: where a backend keeps them on its device alone, once they were used there, a step reads them once. */
const read = new WeakMap<tf.DataId, Int32Array>();

/**
 * The labels, or `undefined` where they have no values yet, as inputs of a function that is written as an ONNX model, or
 * will have others, as inputs of one that a backend records and replays.
 */
function hostValues(labels_B: tf.Tensor1D): Int32Array | undefined {
  if ((tf.backend() as { isRecording?: boolean }).isRecording) return undefined;
  try {
    const labels = read.get(labels_B.dataId) ?? labels_B.dataSync<"int32">();
    read.set(labels_B.dataId, labels);
    return labels;
  } catch {
    return undefined;
  }
}

/** `x[b, labels[b]]` for every row, `[B]`. Without a gradient of its own: for use inside `tf.customGrad`. */
export function pick(x_BN: tf.Tensor2D, places_B2: tf.Tensor2D): tf.Tensor1D {
  return tf.gatherND(x_BN, places_B2) as tf.Tensor1D;
}

/** `x` with `values[b]` at `[b, labels[b]]`. Without a gradient of its own: for use inside `tf.customGrad`. */
export function replace(x_BN: tf.Tensor2D, places_B2: tf.Tensor2D, values_B: tf.Tensor1D): tf.Tensor2D {
  return tf.tensorScatterUpdate(x_BN, places_B2, values_B) as tf.Tensor2D;
}

/**
 * Each row's value at its own identity, such as the cosine with it: `[B]` float32, which the caller disposes. It has
 * no gradient.
 *
 * @param x_BN `[B, N]` float32. @param labels_B `[B]` int32 in 0..N-1.
 * @throws {RangeError} When there is not one label a row, or one is outside 0..N-1.
 */
export function targetValues(x_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => pick(x_BN, targetPlaces("pick", labels_B, x_BN.shape)));
}
