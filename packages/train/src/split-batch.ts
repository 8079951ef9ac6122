import type { FaceBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A batch in equal parts, one after the other. They are copies, so that parts have the same graph wherever they begin.
 *
 * @returns One part: the batch itself. More: new tensors, which the caller disposes.
 * @throws {RangeError} When the batch does not split evenly.
 */
export async function splitBatch(batch: FaceBatch, parts: number): Promise<FaceBatch[]> {
  if (parts === 1) return [batch];
  const { images, labels } = batch;
  const [B, height, width, channels] = images.shape;
  if (B % parts !== 0) {
    throw new RangeError(
      `Cannot split a batch in ${parts}: expected a multiple of ${parts} photos, got ${B}`,
    );
  }
  const [pixels, identities] = [await images.data(), await labels.data()];
  const size = B / parts;
  const values = size * height * width * channels;
  return Array.from({ length: parts }, (_, i) => ({
    images: tf.tensor4d(pixels.slice(i * values, (i + 1) * values), [size, height, width, channels]),
    labels: tf.tensor1d(identities.slice(i * size, (i + 1) * size), "int32"),
  }));
}
