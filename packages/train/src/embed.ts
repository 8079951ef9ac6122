import { imageBatches, type SkippedPhoto } from "@amface/data";
import type { Embeddings, Flip } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { embedBoth } from "./embed-both.ts";

export interface EmbedFilesOptions {
  /** How the embedding of the mirrored crop joins that of the crop (default `concat`). */
  readonly flip?: Flip;
  /** Crops a batch (default 64). */
  readonly batchSize?: number;
  /** Called for every crop that cannot be read, which is then left out. Without it, the first one is an error. */
  readonly onSkip?: (photo: SkippedPhoto) => void;
  /** Told after each batch how many crops are embedded. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Embeddings and the files that they are of. */
export interface FileEmbeddings extends Embeddings {
  /** One path a row, in the given order. */
  readonly files: readonly string[];
}

/**
 * Embeds crops on disk, in their order, reading ahead while the net works.
 *
 * @returns `files.length` rows of D values, 2·D for `concat`; not normalised.
 * @throws {RangeError} Where there are no files, or a crop is not of the net's size.
 * @throws {ImageError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedFiles(
  net: FaceNet,
  files: readonly string[],
  { flip = "concat", batchSize = 64, onSkip, onProgress }: EmbedFilesOptions = {},
): Promise<FileEmbeddings> {
  const { embeddingSize } = net.description;
  const size = flip === "concat" ? 2 * embeddingSize : embeddingSize;
  const data = new Float32Array(files.length * size);
  const done: string[] = [];
  const skip = onSkip && { onSkip };
  for await (const batch of imageBatches(files, { batchSize, imageSize: net.options.imageSize, ...skip })) {
    try {
      data.set(await embedBoth(net, batch.images, flip), done.length * size);
    } finally {
      batch.images.dispose();
    }
    done.push(...batch.paths);
    onProgress?.(done.length, files.length);
  }
  if (done.length === 0)
    throw new RangeError(`Cannot embed files: expected one or more that can be read, got none`);
  return { data: data.slice(0, done.length * size), size, files: done };
}
