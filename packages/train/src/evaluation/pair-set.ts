import { join } from "node:path";
import type { PhotoRef, PhotoSource } from "@amface/data";
import {
  AlignmentMismatchError,
  type AlignmentRecord,
  alignmentDifferences,
  readAlignment,
} from "@amface/images";
import { drawPairs, type LocatedPair, locatePhotos, readPairList } from "@amface/lfw-eval";
import type { TestSetConfig } from "../config/options/evaluation-options.ts";

/** Pairs of crops to evaluate a net on while it trains. */
export interface PairSet {
  readonly name: string;
  readonly photos: readonly PhotoRef[];
  /** Who each photo shows. */
  readonly identities: readonly string[];
  readonly pairs: readonly LocatedPair[];
  /** K runs of consecutive pairs in place of the pairs' own folds. */
  readonly folds?: number | undefined;
  /** Pairs that were left out because a photo is missing. */
  readonly skippedPairs: number;
}

/** The name of the validation split among sets of pairs. */
export const VALIDATION = "validation";

/**
 * Pairs of people who are held out of the training, drawn by `drawPairs`.
 *
 * @throws {RangeError} When the people are too few.
 */
export async function validationSet(
  heldOut: PhotoSource,
  { validationPairs: pairs, seed }: { readonly validationPairs: number; readonly seed: number },
): Promise<PairSet> {
  const photos = await heldOut.list();
  const identities = photos.map(({ label }) => heldOut.identities[label]);
  const drawn = drawPairs(identities, { pairs, seed });
  // Only the photos that occur in a pair.
  const used = [...new Set(drawn.flatMap(({ a, b }) => [a, b]))].sort((a, b) => a - b);
  const place = new Map(used.map((photo, i) => [photo, i]));
  return {
    name: VALIDATION,
    photos: used.map((photo) => photos[photo]),
    identities: used.map((photo) => identities[photo]),
    pairs: drawn.map((pair) => ({ ...pair, a: place.get(pair.a)!, b: place.get(pair.b)! })),
    skippedPairs: 0,
  };
}

/**
 * A test set such as LFW: a list of pairs and the crops' folder.
 *
 * @param trainedOn How the crops that are trained on were made, where it is known.
 * @throws {PairsError} When there is no such list, it does not keep its form, or none of its photos is there.
 * @throws {AlignmentMismatchError} When the crops were made in another way than those that are trained on.
 */
export async function testSet(
  { name, dir, pairs: file, folds }: TestSetConfig,
  trainedOn: AlignmentRecord | undefined,
): Promise<PairSet> {
  const { photos, identities, pairs, skippedPairs } = await locatePhotos(await readPairList(file), dir);
  const alignment = await readAlignment(dir);
  const differences = trainedOn && alignment && alignmentDifferences(trainedOn, alignment);
  if (differences) {
    throw new AlignmentMismatchError(
      `Cannot evaluate on ${dir}: expected crops aligned like those that are trained on, got ${differences}; ` +
        "align the photos again in that way",
    );
  }
  if (folds !== undefined && skippedPairs === 0 && pairs.length % folds !== 0) {
    throw new RangeError(
      `Cannot evaluate on ${file}: expected a number of pairs that ${folds} folds divide, got ${pairs.length}`,
    );
  }
  return {
    name,
    photos: photos.map((photo) => ({ path: join(dir, photo), label: 0 })),
    identities,
    pairs,
    // Where pairs were skipped, runs of equal length would no longer be the list's folds.
    folds: skippedPairs === 0 ? folds : undefined,
    skippedPairs,
  };
}
