import * as tf from "@tensorflow/tfjs-core";
import type { Share } from "../processes/share.ts";
import type { HeldTensors } from "./held-tensors.ts";
import type { TrainBatch } from "./train-batch.ts";

/**
 * This process's share of the `total` equal micro-batches of a batch, one after the other, each with its share of the
 * photos without labels. They are copies, so that all have the same graph wherever they begin.
 *
 * @param batch `images`, and a teacher's embeddings, of the share alone; `labels` of the whole batch.
 * @param held Gets the copies.
 * @throws {RangeError} When the batch does not split evenly.
 */
export async function splitBatch(
  batch: TrainBatch,
  { first, count }: Share,
  total: number,
  held: HeldTensors,
): Promise<TrainBatch[]> {
  const { images, labels, teacher } = batch;
  const [own, ...shape] = images.shape;
  const L = labels.size;
  const B = (own * total) / count;
  for (const photos of [L, B - L]) {
    if (photos % total === 0) continue;
    throw new RangeError(
      `Cannot split a batch in ${total}: expected a multiple of ${total} photos, got ${photos}`,
    );
  }
  const [pixels, identities] = [await images.data<"float32">(), await labels.data<"int32">()];
  const taught = await teacher?.data<"float32">();
  const [l, u] = [L / total, (B - L) / total];
  /** Rows of the share's m-th micro-batch: its labelled ones, then the others. */
  const rows = (values: Float32Array, m: number) => {
    const size = values.length / own;
    const part = new Float32Array((l + u) * size);
    part.set(values.subarray(m * l * size, (m + 1) * l * size));
    part.set(values.subarray((count * l + m * u) * size, (count * l + (m + 1) * u) * size), l * size);
    return part;
  };
  return Array.from({ length: count }, (_, m) => {
    const at = (first + m) * l;
    return {
      images: held.hold(tf.tensor4d(rows(pixels, m), [l + u, ...shape])),
      labels: held.hold(tf.tensor1d(identities.slice(at, at + l), "int32")),
      ...(taught && { teacher: held.hold(tf.tensor2d(rows(taught, m), [l + u, taught.length / own])) }),
    };
  });
}
