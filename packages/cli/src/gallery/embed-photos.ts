import { type Embeddings, embedAll, type Flip } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import type { Reporter } from "../command/reporter.ts";
import { checkAlignment } from "../model/check-alignment.ts";
import type { loadEmbedding } from "../model/model.ts";
import { type CropPhotosOptions, cropPhotos } from "../verify/crop-photos.ts";

export interface EmbedPhotosOptions extends CropPhotosOptions {
  /** `--model`, and what was loaded of it. */
  readonly path: string;
  readonly net: Awaited<ReturnType<typeof loadEmbedding>>;
  readonly flip: Flip;
  readonly allowMismatch: boolean;
  readonly reporter: Reporter;
}

/**
 * Embeds the main face of each photo; what has the size of the model's crops is one.
 *
 * @throws {Error} When a photo cannot be read, shows no face, or was aligned in another way than the model's.
 */
export async function embedPeople(
  photos: readonly string[],
  options: EmbedPhotosOptions,
): Promise<Embeddings> {
  const { path, net, flip, allowMismatch: allowed, reporter } = options;
  const [height, width] = net.description.imageShape;
  const crops = await cropPhotos(photos, { height, width }, options);
  for (const [i, { alignment }] of crops.entries())
    await checkAlignment(path, alignment, photos[i], { allowed, reporter });
  const images = crops.map(({ image }) => image);
  return await embedAll(
    images,
    async (crop) => crop,
    embedder(net),
    (i) => photos[i],
    { flip },
  );
}
