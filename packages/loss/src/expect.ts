import type * as tf from "@tensorflow/tfjs-core";

/** Throws a TypeError unless `x` is float32 (and of `rank`, where one is given). */
export function requireFloat(doing: string, name: string, x: tf.Tensor, rank = x.rank): void {
  if (x.dtype !== "float32" || x.rank !== rank) {
    const expected = `float32${rank === x.rank ? "" : ` of rank ${rank}`}`;
    throw new TypeError(`Cannot ${doing} ${name}: expected ${expected}, got ${x.dtype} [${x.shape}]`);
  }
}

/** Throws unless both are float32 matrices of one shape. */
export function requireSameEmbeddings(embeddings_BD: tf.Tensor, targets_BD: tf.Tensor): void {
  requireFloat("compare", "embeddings", embeddings_BD, 2);
  requireFloat("compare", "targets", targets_BD, 2);
  if (String(embeddings_BD.shape) === String(targets_BD.shape)) return;
  const got = `[${embeddings_BD.shape}] and [${targets_BD.shape}]`;
  throw new RangeError(`Cannot compare embeddings with targets: expected both [B, D], got ${got}`);
}

/** Throws unless `labels_B` are int32, one for each row of a tensor with `rows` rows. */
export function requireLabels(doing: string, labels_B: tf.Tensor, rows: number): void {
  if (labels_B.dtype !== "int32" || labels_B.rank !== 1) {
    const got = `${labels_B.dtype} [${labels_B.shape}]`;
    throw new TypeError(`Cannot ${doing} labels: expected int32 of rank 1, got ${got}`);
  }
  if (labels_B.size !== rows || rows === 0) {
    const got = `${labels_B.size} labels for ${rows} rows`;
    throw new RangeError(`Cannot ${doing} labels: expected one label a row and at least one row, got ${got}`);
  }
}

/** Throws a RangeError unless there is an identity. */
export function requireIdentities(doing: string, identities: number): void {
  if (identities < 1) {
    throw new RangeError(`Cannot ${doing} labels: expected at least one identity (column), got none`);
  }
}

/** Throws a RangeError unless `value` is a number from `least` to below `end`. */
export function requireAtLeast(least: number, name: string, value: number, end = Infinity): void {
  if (value >= least && value < end) return;
  const below = end === Infinity ? "" : ` and below ${end}`;
  throw new RangeError(`Cannot apply ${name}: expected a number of ${least} or more${below}, got ${value}`);
}
