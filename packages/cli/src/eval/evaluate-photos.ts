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
  measurePairs,
  medianThreshold,
  type ReportPair,
  type ThresholdSearch,
  worstPairs,
} from "@amface/lfw-eval";
import type { Reporter } from "../command/reporter.ts";
import { withProgress } from "../command/with-progress.ts";
import { ALONE, type Shares } from "../shares/shares.ts";
import { embedListShared } from "./embed-shared.ts";

export interface MeasurePhotosOptions {
  /** Folder in which the pairs were located. */
  readonly dir: string;
  readonly located: LocatedPairs;
  readonly embed: Embed;
  readonly flip?: Flip;
  readonly batchSize?: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Whom the embedding is shared with; nobody where absent. */
  readonly shares?: Shares;
  /** What the progress is called. */
  readonly title: string;
}

export interface EvaluatePhotosOptions extends MeasurePhotosOptions {
  /** K, or the folds of the pairs file when left out. */
  readonly folds?: number;
  readonly thresholds?: ThresholdSearch;
}

export interface PhotosEvaluation {
  readonly evaluation: Evaluation;
  readonly table: DistanceTable;
}

/** Embeds the photos of located pairs and measures their distances. */
export async function measurePhotos(options: MeasurePhotosOptions): Promise<DistanceTable> {
  const { dir, located, embed, flip = "concat", batchSize = 64, reporter, signal, title } = options;
  const { shares = ALONE } = options;
  const { photos } = located;
  const embeddings = await embedListShared(photos.length, batchSize, shares, ({ from, to }) =>
    withProgress({ reporter, signal }, { title, total: to - from, unit: "photos" }, (onProgress) =>
      embedPhotos(dir, photos.slice(from, to), embed, { flip, batchSize, onProgress }),
    ),
  );
  return measurePairs(embeddings, located);
}

/** Embeds the photos of located pairs and evaluates the distances by the LFW protocol. */
export async function evaluatePhotos(options: EvaluatePhotosOptions): Promise<PhotosEvaluation> {
  const table = await measurePhotos(options);
  const { folds = table.folds, thresholds, located } = options;
  const { skippedPairs } = located;
  return { evaluation: evaluate(table.distances, table.issame, { folds, skippedPairs, thresholds }), table };
}

/** The pairs that the model tells worst, with their pictures, for a report. */
export async function worstPictures(
  dir: string,
  { table, evaluation }: PhotosEvaluation,
  count = 12,
): Promise<ReportPair[]> {
  const picture = async (name: string) => ({ name, bytes: await readFile(join(dir, name)) });
  return Promise.all(
    worstPairs(table, medianThreshold(evaluation), count).map(async (p) => {
      const [a, b] = table.photos![p];
      return {
        a: await picture(a),
        b: await picture(b),
        same: table.issame[p],
        distance: table.distances[p],
      };
    }),
  );
}
