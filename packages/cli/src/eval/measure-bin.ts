import { decodeImage, type RgbImage } from "@amface/images";
import { type DistanceTable, type Embed, embedAll, type Flip, measurePairs, readBin } from "@amface/lfw-eval";
import type { Reporter } from "../command/reporter.ts";
import { withProgress } from "../command/with-progress.ts";
import type { Shares } from "../shares/shares.ts";
import { embedListShared } from "./embed-shared.ts";
import { checkFolds } from "./in-folds.ts";
import { type Rehearse, rehearseOn } from "./rehearse.ts";

/**
 * Embeds the crops of an insightface set and measures their distances. Crops that are larger than the net's are cut
 * down to their middle: the usual 112×112 ones have the same landmarks as 112×96 ones, 8 pixels further right.
 */
export async function measureBin(
  path: string,
  embed: Embed,
  size: { readonly height: number; readonly width: number },
  options: {
    readonly flip: Flip;
    readonly batchSize: number;
    /** Folds asked for, which must divide the pairs. */
    readonly folds?: number | undefined;
    readonly rehearse: Rehearse;
    readonly reporter: Reporter;
    readonly signal: AbortSignal;
    readonly shares: Shares;
  },
): Promise<DistanceTable> {
  const { images, pairs } = await readBin(path);
  const { flip, batchSize, folds, rehearse, reporter, signal, shares } = options;
  if (folds !== undefined)
    checkFolds(
      pairs.map(({ same }) => same),
      folds,
      path,
    );
  rehearseOn({ pairs }, { name: path, pairs: path, skippedPairs: 0 }, rehearse);
  const read = async (bytes: Uint8Array) => middle(await decodeImage(bytes, path), size);
  const nameOf = (index: number) => `${path} image ${index}`;
  const embeddings = await embedListShared(images.length, batchSize, shares, ({ from, to }) =>
    withProgress({ reporter, signal }, { title: "embed", total: to - from, unit: "crops" }, (onProgress) => {
      const name = (index: number) => nameOf(from + index);
      return embedAll(images.slice(from, to), read, embed, name, { flip, batchSize, onProgress });
    }),
  );
  return measurePairs(embeddings, { pairs });
}

/** The middle of an image; the image itself where it is no larger. */
export function middle(image: RgbImage, size: { readonly height: number; readonly width: number }): RgbImage {
  const height = Math.min(image.height, size.height);
  const width = Math.min(image.width, size.width);
  if (height === image.height && width === image.width) return image;
  const [top, left] = [(image.height - height) >> 1, (image.width - width) >> 1];
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { data, width, height };
}
