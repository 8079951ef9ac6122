import type { FaceBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";
import type { HeldTensors } from "./held-tensors.ts";

/**
 * A batch in equal micro-batches, one after the other. They are copies, so that all have the same graph wherever they
 * begin.
 *
 * @param held Gets the copies. Of one micro-batch there are none: it is the batch itself.
 * @throws {RangeError} When the batch does not split evenly.
 */
export async function splitBatch(batch: FaceBatch, count: number, held: HeldTensors): Promise<FaceBatch[]> {
  if (count === 1) return [batch];
  const { images, labels } = batch;
  const [B, height, width, channels] = images.shape;
  if (B % count !== 0) {
    throw new RangeError(
      `Cannot split a batch in ${count}: expected a multiple of ${count} photos, got ${B}`,
    );
  }
  const [pixels, identities] = [await images.data(), await labels.data()];
  const size = B / count;
  const values = size * height * width * channels;
  return Array.from({ length: count }, (_, i) => ({
    images: held.hold(
      tf.tensor4d(pixels.slice(i * values, (i + 1) * values), [size, height, width, channels]),
    ),
    labels: held.hold(tf.tensor1d(identities.slice(i * size, (i + 1) * size), "int32")),
  }));
}
