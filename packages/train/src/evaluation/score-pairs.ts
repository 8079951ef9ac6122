import { photoBatches, type SkippedPhoto, type SkippedRecord } from "@amface/data";
import { bootstrap, evaluate, type Flip, measurePairs, medianThreshold } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { embedBoth } from "../embed-both.ts";
import type { PairSet } from "./pair-set.ts";
import type { Score } from "./score.ts";

export interface ScoreOptions {
  /** Crops a batch (default 64). */
  readonly batchSize?: number;
  /** How the embedding of the mirrored crop joins that of the crop (default `concat`, as `amface eval`). */
  readonly flip?: Flip;
  /** Pass over damaged records of shards. */
  readonly skipCorrupt?: boolean;
  /** Seed of the resampling (default 0). */
  readonly seed?: number;
  /** Called for every crop that cannot be read; its pairs are left out. */
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
}

/** Resamples for the interval of the AUC: its ends are then good to about a tenth of its width. */
const REPLICATES = 200;

/**
 * Evaluates a net on pairs by the LFW protocol: the crops as they are and mirrored, never flipped by chance, the net in
 * inference mode, with moving statistics and without dropout. The net is left as it was.
 *
 * @throws {RangeError} When a crop is not of the net's size, no pairs of both classes are left, or an embedding is not finite.
 */
export async function scorePairs(
  net: FaceNet,
  set: PairSet,
  { batchSize = 64, flip = "concat", skipCorrupt = false, seed = 0, onSkip }: ScoreOptions = {},
): Promise<Score> {
  const { embeddingSize } = net.description;
  const size = flip === "concat" ? 2 * embeddingSize : embeddingSize;
  const rows: Float32Array[] = [];
  // Places of the photos among the rows; those that cannot be read have none.
  const rowOf = new Map<number, number>();
  const { imageSize } = net.options;
  const skip = onSkip && { onSkip };
  for await (const { images, places } of photoBatches(set.photos, {
    batchSize,
    imageSize,
    skipCorrupt,
    ...skip,
  })) {
    try {
      rows.push(await embedBoth(net, images, flip));
    } finally {
      images.dispose();
    }
    for (const place of places) rowOf.set(place, rowOf.size);
  }
  const data = new Float32Array(rowOf.size * size);
  let at = 0;
  for (const batch of rows) {
    data.set(batch, at);
    at += batch.length;
  }
  const pairs = set.pairs.flatMap(({ a, b, ...pair }) => {
    const [i, j] = [rowOf.get(a), rowOf.get(b)];
    return i === undefined || j === undefined ? [] : [{ ...pair, a: i, b: j }];
  });
  const identities = [...rowOf.keys()].map((place) => set.identities[place]);
  const table = measurePairs({ data, size }, { pairs, identities });
  const skippedPairs = set.skippedPairs + set.pairs.length - pairs.length;
  const folds = skippedPairs === 0 && set.folds !== undefined ? set.folds : table.folds;
  const evaluation = evaluate(table.distances, table.issame, { folds, skippedPairs });
  const { val } = evaluation;
  return {
    pairs: pairs.length,
    skippedPairs,
    folds: evaluation.folds.length,
    accuracy: evaluation.accuracy,
    threshold: medianThreshold(evaluation),
    auc: evaluation.exact.auc,
    aucCi95: bootstrap(table, { replicates: REPLICATES, seed }).auc,
    eer: evaluation.exact.eer,
    val: Number.isFinite(val.mean + val.far) ? { mean: val.mean, std: val.std, far: val.far } : null,
  };
}
