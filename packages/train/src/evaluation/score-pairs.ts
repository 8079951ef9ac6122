import { bootstrap, evaluate, measurePairs, medianThreshold } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { type EmbedOptions, embedList } from "../embed/embed-list.ts";
import type { PairSet } from "./pair-set.ts";
import type { Score } from "./score.ts";

export interface ScoreOptions extends Pick<EmbedOptions, "flip" | "batchSize" | "onSkip"> {
  /** Pass over damaged records of shards. */
  readonly skipCorrupt?: boolean;
  /** Seed of the resampling (default 0). */
  readonly seed?: number;
}

/** Resamples for the interval of the AUC: its ends are then good to about a tenth of its width. */
const REPLICATES = 200;

/**
 * Evaluates a net on pairs by the LFW protocol: the crops as they are and mirrored, never flipped by chance, the net in
 * inference mode, with moving statistics and without dropout. The net is left as it was. Pairs of crops that cannot be
 * read are left out.
 *
 * @throws {RangeError} When a crop is not of the net's size, no pairs of both classes are left, or an embedding is not finite.
 */
export async function scorePairs(
  net: FaceNet,
  set: PairSet,
  { skipCorrupt = false, seed = 0, onSkip = () => {}, ...options }: ScoreOptions = {},
): Promise<Score> {
  const { data, size, places } = await embedList(net, set.photos, { ...options, skipCorrupt, onSkip });
  // Photos that cannot be read have no row.
  const rowOf = new Map(places.map((place, row) => [place, row]));
  const pairs = set.pairs.flatMap(({ a, b, ...pair }) => {
    const [i, j] = [rowOf.get(a), rowOf.get(b)];
    return i === undefined || j === undefined ? [] : [{ ...pair, a: i, b: j }];
  });
  const identities = places.map((place) => set.identities[place]);
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
