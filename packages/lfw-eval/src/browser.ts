export { type AverageLinkageOptions, averageLinkage } from "./clusters/average-linkage.ts";
export { chineseWhispers, type WhisperOptions } from "./clusters/chinese-whispers.ts";
export { mutualComponents } from "./clusters/mutual-components.ts";
export { type PairwiseF, pairwiseF } from "./clusters/pairwise-f.ts";
export { allPairDistances } from "./distances/all-pairs.ts";
export { centred } from "./distances/centred.ts";
export { checkClasses } from "./distances/check-distances.ts";
export { squaredDistances } from "./distances/distances.ts";
export { type Embed, embedMirrored, withMirrored } from "./distances/embed-mirrored.ts";
export { type Embeddings, type Flip, joinFlipped } from "./distances/embeddings.ts";
export { checkEveryPair, everyPair } from "./distances/every-pair.ts";
export { measurePairs } from "./distances/measure-pairs.ts";
export {
  type NeighbourOptions,
  type Neighbours,
  nearestNeighbours,
  type RowProducts,
} from "./distances/nearest-neighbours.ts";
export { countLess, type SortedDistances, sortDistances } from "./distances/sorted-distances.ts";
export { countUnnormalised, type UnitRows, unitRows } from "./distances/unit-rows.ts";
export {
  type DistanceTable,
  DistanceTableError,
  parseDistances,
} from "./pairs/distance-table.ts";
export { type DrawPairsOptions, drawPairs } from "./pairs/draw-pairs.ts";
export { foldNumbers, runsOfEachClass } from "./pairs/fold-numbers.ts";
export {
  type LocatedPair,
  type LocatedPairs,
  type LocateOptions,
  locateAmong,
} from "./pairs/locate-among.ts";
export { parsePairList } from "./pairs/pair-layouts.ts";
export { pairWarnings } from "./pairs/pair-warnings.ts";
export {
  type Pair,
  type PairList,
  PairsError,
  type PhotoName,
  type PhotoPath,
  parsePairs,
  photoIdentity,
  photoStem,
} from "./pairs/pairs.ts";
export { type BinSet, parseBin } from "./pairs/parse-bin.ts";
export {
  type BlufrResult,
  type BlufrTrial,
  blufr,
  drawTrials,
  type TrialOptions,
  type TrialRate,
} from "./protocol/blufr.ts";
export { type Bootstrap, type BootstrapOptions, bootstrap, type Interval } from "./protocol/bootstrap.ts";
export { type Comparison, compareModels } from "./protocol/compare-models.ts";
export {
  type CostModel,
  type MinDcf,
  minDcf,
  type NistDcf,
  nistDcfs,
} from "./protocol/detection-cost.ts";
export { type EvaluateOptions, type Evaluation, evaluate, type Validation } from "./protocol/evaluate.ts";
export { evaluateGroups, type GroupEvaluations } from "./protocol/evaluate-groups.ts";
export {
  type Fold,
  type FoldAccuracy,
  foldAccuracies,
  splitFolds,
  type ThresholdSearch,
} from "./protocol/folds.ts";
export {
  firstAsGallery,
  type Identification,
  identify,
  openSetRate,
  type ProbeSets,
} from "./protocol/identify.ts";
export type { OpenSetRate, SearchRate } from "./protocol/look-up.ts";
export { peopleWarnings } from "./protocol/resample-pairs.ts";
export { areaUnder, equalErrorRate, meanRoc, type Roc, rocCurve, sortedRoc } from "./protocol/roc.ts";
export { type ErrorRate, type HitRate, type Subgroup, subgroupRates } from "./protocol/subgroups.ts";
export { type Summary, wilson } from "./protocol/summary.ts";
export { FARS, farWarnings, sortedTarAtFar, type TarAtFar, tarAtFar } from "./protocol/tar-at-far.ts";
export {
  type CardOptions,
  type CardThreshold,
  type Decision,
  decide,
  decisionThreshold,
  makeThresholdCard,
  type ThresholdCard,
  ThresholdCardError,
} from "./protocol/threshold-card.ts";
export { type FoldValidation, validationRates } from "./protocol/validation-rate.ts";
export { evaluateViewOne, type ViewOne } from "./protocol/view-one.ts";
export { medianThreshold, worstPairs } from "./protocol/worst-pairs.ts";
export { cmcFigure, type NamedCmc } from "./report/cmc-figure.ts";
export type { Figure } from "./report/figure.ts";
export {
  detFigure,
  distanceFigure,
  type LossPoint,
  lossFigure,
  type NamedDistances,
  type NamedRoc,
  rocFigure,
} from "./report/figures.ts";
export { type Quality, type QualityBin, qualityFigure, qualityRates } from "./report/quality.ts";
export { cmcTable, farTable, foldTable, subgroupTable } from "./report/tables.ts";
