import * as tf from "@tensorflow/tfjs-core";
import type { HeldTensors } from "./held-tensors.ts";
import type { TrainBatch } from "./train-batch.ts";

/**
 * A batch in equal micro-batches, one after the other, each with its share of the photos without labels. They are
 * copies, so that all have the same graph wherever they begin.
 *
 * @param held Gets the copies. Of one micro-batch there are none: it is the batch itself.
 * @throws {RangeError} When the batch does not split evenly.
 */
export async function splitBatch(batch: TrainBatch, count: number, held: HeldTensors): Promise<TrainBatch[]> {
  if (count === 1) return [batch];
  const { images, labels, teacher } = batch;
  const [B, ...shape] = images.shape;
  const L = labels.size;
  for (const photos of [L, B - L]) {
    if (photos % count === 0) continue;
    throw new RangeError(
      `Cannot split a batch in ${count}: expected a multiple of ${count} photos, got ${photos}`,
    );
  }
  const [pixels, identities] = [await images.data<"float32">(), await labels.data<"int32">()];
  const taught = await teacher?.data<"float32">();
  const [l, u] = [L / count, (B - L) / count];
  /** Rows of the m-th micro-batch: its labelled ones, then the others. */
  const rows = (values: Float32Array, m: number) => {
    const size = values.length / B;
    const part = new Float32Array((l + u) * size);
    part.set(values.subarray(m * l * size, (m + 1) * l * size));
    part.set(values.subarray((L + m * u) * size, (L + (m + 1) * u) * size), l * size);
    return part;
  };
  return Array.from({ length: count }, (_, m) => ({
    images: held.hold(tf.tensor4d(rows(pixels, m), [l + u, ...shape])),
    labels: held.hold(tf.tensor1d(identities.slice(m * l, (m + 1) * l), "int32")),
    ...(taught && { teacher: held.hold(tf.tensor2d(rows(taught, m), [l + u, taught.length / B])) }),
  }));
}
