import { type PhotoRef, photoBatches, type SkippedPhoto, type SkippedRecord } from "@amface/data";
import type { Embeddings, Flip } from "@amface/lfw-eval";
import type { EmbeddingModel, FaceNet } from "@amface/nets";
import { embedBatch } from "./embed-batch.ts";

export interface EmbedOptions {
  /** How the embedding of the mirrored crop joins that of the crop (default `concat`). */
  readonly flip?: Flip;
  /** Crops a batch (default 64). */
  readonly batchSize?: number;
  /** Called for every crop that cannot be read, which is then left out. Without it, the first one is an error. */
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
  /** Told after each batch how many crops are embedded. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Embeddings of the photos of a list that can be read. */
export interface ListEmbeddings extends Embeddings {
  /** The photos' places in the list, rising. */
  readonly places: readonly number[];
  /** What the photos are called. */
  readonly names: readonly string[];
}

/**
 * Embeds listed crops in their order, loading ahead while the net works.
 *
 * @param options `skipCorrupt`: whether damaged records too go to `onSkip` (default) or are errors.
 * @returns Rows of D values, 2·D for `concat`; not normalised.
 * @throws {RangeError} When a crop is not of the net's size.
 * @throws {ImageError | ShardError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedList(
  net: FaceNet | EmbeddingModel,
  photos: readonly PhotoRef[],
  options: EmbedOptions & { readonly skipCorrupt?: boolean },
): Promise<ListEmbeddings> {
  const { flip = "concat", batchSize = 64, skipCorrupt = true, onSkip, onProgress } = options;
  const { embeddingSize } = net.description;
  const size = flip === "concat" ? 2 * embeddingSize : embeddingSize;
  const data = new Float32Array(photos.length * size);
  const allPlaces: number[] = [];
  const allNames: string[] = [];
  const skip = onSkip && { skipCorrupt, onSkip };
  const [height, width] = net.description.imageShape;
  const imageSize = [height, width] as const;
  for await (const { images, places, names } of photoBatches(photos, { batchSize, imageSize, ...skip })) {
    try {
      data.set((await embedBatch(net, images, flip)).data, allPlaces.length * size);
    } finally {
      images.dispose();
    }
    allPlaces.push(...places);
    allNames.push(...names);
    onProgress?.(allPlaces.length, photos.length);
  }
  return { data: data.subarray(0, allPlaces.length * size), size, places: allPlaces, names: allNames };
}
