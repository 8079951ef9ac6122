import type { AlignmentRecord } from "@amface/images";
import { type Embeddings, embedAll, type Flip } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import type { Reporter } from "../command/reporter.ts";
import { checkAlignment, checkCardAlignment } from "../model/check-alignment.ts";
import type { loadEmbedding } from "../model/model.ts";
import { type AlignedCrop, type CropPhotosOptions, cropEach, lazyDetector } from "../verify/crop-photos.ts";

export interface EmbedPhotosOptions extends CropPhotosOptions {
  /** `--model`, and what was loaded of it. */
  readonly path: string;
  readonly net: Awaited<ReturnType<typeof loadEmbedding>>;
  readonly flip: Flip;
  readonly allowMismatch: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Threshold card that the crops have to fit: its path, and the alignment that it holds for. */
  readonly card?: { readonly path: string; readonly alignment: unknown };
  /** Told of each photo that cannot be read or shows no face, which is then left out; without it, the first one is an error. */
  readonly onSkipped?: (photo: string, error: Error) => void;
}

export interface EmbeddedPhotos {
  /** Positions among all photos of those that were embedded. */
  readonly kept: readonly number[];
  readonly embeddings: Embeddings;
  /** How the crop of each was made, where that is known. */
  readonly alignments: readonly (AlignmentRecord | undefined)[];
  /** Photos so far, with those left out. */
  readonly done: number;
}

/** Photos that are cropped and embedded together. */
const BATCH = 64;

/**
 * Embeds the main face of each photo, in batches; what has the size of the model's crops is one.
 *
 * @throws {Error} When a photo cannot be read or shows no face, unless these are told of; when one was aligned in another way
 *   than the model's or the card's.
 */
export async function* embedPeople(
  photos: readonly string[],
  options: EmbedPhotosOptions,
): AsyncGenerator<EmbeddedPhotos> {
  const { path, net, flip, allowMismatch: allowed, reporter, card, signal, onSkipped } = options;
  const [height, width] = net.description.imageShape;
  const detector = lazyDetector(options);
  // A model that does not say how its crops were made is told of once, not with each photo.
  const told = new Set<string>();
  const warn = (text: string) => {
    if (!told.has(text)) reporter.warn(text);
    told.add(text);
  };
  const checking = { allowed, reporter: { warn } };
  try {
    for (let from = 0; from < photos.length; from += BATCH) {
      signal.throwIfAborted();
      const batch = photos.slice(from, from + BATCH);
      const crops = new Map<number, AlignedCrop>();
      for (const [i, crop] of (await cropEach(batch, { height, width }, detector.get, options)).entries()) {
        if (crop.status === "fulfilled") crops.set(from + i, crop.value);
        else if (onSkipped) onSkipped(batch[i], crop.reason);
        else throw crop.reason;
      }
      for (const [i, { alignment }] of crops) {
        await checkAlignment(path, alignment, photos[i], checking);
        if (card) checkCardAlignment(card.path, card.alignment, alignment, photos[i], checking);
      }
      if (crops.size === 0) continue;
      const kept = [...crops.keys()];
      const images = [...crops.values()].map(({ image }) => image);
      const embeddings = await embedAll(
        images,
        async (crop) => crop,
        embedder(net),
        (i) => photos[kept[i]],
        { flip },
      );
      const alignments = [...crops.values()].map(({ alignment }) => alignment);
      yield { kept, embeddings, alignments, done: from + batch.length };
    }
  } finally {
    await detector.dispose();
  }
}
