import assert from "node:assert/strict";
import "@tensorflow/tfjs-backend-cpu";
import { type BatchOptions, type BatchPosition, batches, type PhotoSource } from "@amface/data";
import { SIZE } from "./crops.ts";

/** What a batch holds: for each photo its number, its label and whether it is mirrored. */
export type Seen = { number: number; label: number; flipped: boolean }[];

interface SeenBatch {
  readonly photos: Seen;
  readonly next: BatchPosition;
  readonly sources: readonly string[];
}

/** All batches of an epoch of crops as `writeCrops` makes them. */
export async function seen(from: PhotoSource, options: BatchOptions): Promise<Seen[]> {
  return (await seenWithPositions(from, options)).map(({ photos }) => photos);
}

/** The same, with the position behind each batch and where its photos lie. */
export async function seenWithPositions(from: PhotoSource, options: BatchOptions): Promise<SeenBatch[]> {
  const all: SeenBatch[] = [];
  for await (const { images, labels, next, sources } of batches(from, { imageSize: SIZE, ...options })) {
    assert.deepEqual(images.shape, [labels.shape[0], ...SIZE, 3]);
    assert.equal(labels.dtype, "int32");
    const values = images.dataSync();
    const each = values.length / labels.shape[0];
    const photos = Array.from(labels.dataSync(), (label, b) => ({
      number: values[b * each] * 128 + 127.5,
      label,
      flipped: values[b * each + 1] < 0,
    }));
    images.dispose();
    labels.dispose();
    all.push({ photos, next, sources: sources() });
  }
  return all;
}

/** The photos' numbers, batch after batch. */
export const numbers = (all: Seen[]) => all.flat().map(({ number }) => number);
export const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
