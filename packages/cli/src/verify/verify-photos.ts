import type { FaceRule } from "@amface/align";
import type { RgbImage } from "@amface/images";
import { decide, embedAll, type Flip, squaredDistances } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import type { Reporter } from "../command/reporter.ts";
import { checkAlignment, checkCardAlignment } from "../model/check-alignment.ts";
import type { ChosenModel } from "../model/choose-model.ts";
import { requireCard } from "../model/find-card.ts";
import { loadEmbedding, type ModelValues } from "../model/model.ts";
import { type CropPhotosOptions, cropPhotos } from "./crop-photos.ts";

export interface VerifyOptions extends CropPhotosOptions {
  readonly model: ChosenModel;
  /** How the model is loaded. */
  readonly modelOptions: ModelValues;
  /** Threshold card other than the model's own. */
  readonly card: string | undefined;
  readonly far: number;
  readonly rule: FaceRule;
  readonly allowMismatch: boolean;
  readonly reporter: Reporter;
}

/**
 * Compares the faces of two photos by a model and its threshold card. An engine runs already.
 *
 * @throws {Error} When a photo shows no face, or model, card and crops do not fit each other.
 */
export async function verifyPhotos(paths: readonly string[], options: VerifyOptions) {
  const { model, allowMismatch: allowed, reporter } = options;
  const net = await loadEmbedding(model.path, options.modelOptions, reporter);
  const { card, path: cardPath } = await requireCard(model.path, net, options.card);
  const [height, width] = net.description.imageShape;
  const crops = await cropPhotos(paths, { height, width }, options);
  for (const [i, { alignment }] of crops.entries()) {
    await checkAlignment(model.path, alignment, paths[i], { allowed, reporter });
    checkCardAlignment(cardPath, card.alignment, alignment, paths[i], { allowed, reporter });
  }
  const images = crops.map(({ image }) => image);
  const score = await distanceOf(images, card.flip, embedder(net), paths);
  const { same, threshold, far, farInterval, band, decision } = decide(card, score, options.far);
  const { pairs, same: samePairs, different: differentPairs, people, level, resampled } = card.measured;
  return {
    /** Squared distance: below the threshold the photos count as one person's. */
    score,
    threshold,
    same,
    decision,
    band,
    far,
    /** FAR that the threshold has for other people, where the card says; by so few people as measured, it is wide. */
    farInterval,
    model,
    /** Where the threshold was measured. */
    card: {
      path: cardPath,
      pairs,
      samePairs,
      differentPairs,
      people,
      level,
      resampled,
      warnings: card.warnings,
    },
    /** What was taken of each photo; nothing is known of the face of a crop. */
    photos: crops.map(({ face, faces, warnings }, i) => ({ path: paths[i], face, faces, warnings })),
  };
}

export type Verdict = Awaited<ReturnType<typeof verifyPhotos>>;

async function distanceOf(
  crops: readonly RgbImage[],
  flip: Flip,
  embed: ReturnType<typeof embedder>,
  paths: readonly string[],
): Promise<number> {
  const embeddings = await embedAll(
    crops,
    async (crop) => crop,
    embed,
    (i) => paths[i],
    { flip },
  );
  return squaredDistances(embeddings, [{ a: 0, b: 1 }])[0];
}
