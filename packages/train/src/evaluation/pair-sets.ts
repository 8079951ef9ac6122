import type { PhotoSource } from "@amface/data";
import { type AlignmentRecord, ImageError, readImage } from "@amface/images";
import { testSetsOf } from "../config/test-sets.ts";
import type { EvaluationConfig, TrainConfig } from "../config/train-config.ts";
import { type PairSet, testSet, validationSet } from "./pair-set.ts";

/** What a run is evaluated on. */
export interface PairSets {
  readonly validation?: PairSet;
  readonly tests: readonly PairSet[];
}

/**
 * Finds and draws all pairs of a config.
 *
 * @param heldOut The people held out of the training, where there are any.
 * @param trainedOn How the crops that are trained on were made, where it is known.
 * @throws As `validationSet` and `testSet`.
 * @throws {RangeError} When a test set's crops are not of `imageSize`, by the first that can be read.
 */
export async function pairSets(
  config: EvaluationConfig & Pick<TrainConfig, "seed" | "imageSize">,
  heldOut: PhotoSource | undefined,
  trainedOn: AlignmentRecord | undefined,
): Promise<PairSets> {
  const tests: PairSet[] = [];
  for (const described of testSetsOf(config)) {
    const set = await testSet(described, trainedOn);
    await requireSize(set, described.dir, config.imageSize);
    tests.push(set);
  }
  return heldOut === undefined ? { tests } : { validation: await validationSet(heldOut, config), tests };
}

async function requireSize(
  { photos }: PairSet,
  dir: string,
  [height, width]: TrainConfig["imageSize"],
): Promise<void> {
  for (const { path } of photos) {
    const image = await readImage(path).catch((error: unknown) => {
      if (!(error instanceof ImageError)) throw error;
    });
    if (image === undefined) continue; // left out, and told of, at the evaluation
    if (image.height === height && image.width === width) return;
    throw new RangeError(
      `Cannot evaluate on ${dir}: expected crops of ${height}x${width} (height x width) like those that are trained on, ` +
        `got ${image.height}x${image.width} in ${path}; align the photos in that size`,
    );
  }
}
