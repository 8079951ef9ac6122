import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type DistanceTable,
  type Embed,
  type Evaluation,
  embedPhotos,
  evaluate,
  type Flip,
  type LocatedPairs,
  medianThreshold,
  type ReportPair,
  squaredDistances,
  worstPairs,
} from "@amface/lfw-eval";
import type { Reporter } from "./reporter.ts";

export interface EvaluatePhotosOptions {
  /** Folder in which the pairs were located. */
  readonly dir: string;
  readonly located: LocatedPairs;
  readonly embed: Embed;
  readonly flip?: Flip;
  readonly batchSize?: number;
  /** K, or the folds of the pairs file when left out. */
  readonly folds?: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** What the progress is called. */
  readonly title: string;
}

export interface PhotosEvaluation {
  readonly evaluation: Evaluation;
  readonly table: DistanceTable;
}

/** Embeds the photos of located pairs and evaluates the distances by the LFW protocol. */
export async function evaluatePhotos(options: EvaluatePhotosOptions): Promise<PhotosEvaluation> {
  const { dir, located, embed, flip = "concat", batchSize = 64, folds, reporter, signal, title } = options;
  const progress = reporter.progress(title, located.photos.length, "photos");
  const embeddings = await embedPhotos(dir, located.photos, embed, {
    flip,
    batchSize,
    onProgress: (done) => {
      signal.throwIfAborted();
      progress.update(done);
    },
  });
  progress.end();
  const distances = squaredDistances(embeddings, located.pairs);
  const issame = located.pairs.map(({ same }) => same);
  const evaluation = evaluate(distances, issame, {
    folds: folds ?? located.pairs.map(({ fold }) => fold),
    skippedPairs: located.skippedPairs,
  });
  return { evaluation, table: { distances, issame } };
}

/** The pairs that the model tells worst, with their pictures, for a report. */
export async function worstPictures(
  dir: string,
  located: LocatedPairs,
  { table, evaluation }: PhotosEvaluation,
  count = 12,
): Promise<ReportPair[]> {
  const picture = async (index: number) => {
    const name = located.photos[index];
    return { name, bytes: await readFile(join(dir, name)) };
  };
  return Promise.all(
    worstPairs(table, medianThreshold(evaluation), count).map(async (p) => {
      const { a, b, same } = located.pairs[p];
      return { a: await picture(a), b: await picture(b), same, distance: table.distances[p] };
    }),
  );
}
