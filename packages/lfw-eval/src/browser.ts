export { allPairDistances } from "./all-pairs.ts";
export {
  type BlufrResult,
  type BlufrTrial,
  blufr,
  drawTrials,
  type TrialOptions,
  type TrialRate,
} from "./blufr.ts";
export { type Bootstrap, type BootstrapOptions, bootstrap, type Interval } from "./bootstrap.ts";
export { type Comparison, compareModels } from "./compare-models.ts";
export { type CostModel, type MinDcf, minDcf } from "./detection-cost.ts";
export {
  type DistanceTable,
  DistanceTableError,
  parseDistances,
} from "./distance-table.ts";
export { squaredDistances } from "./distances.ts";
export { type DrawPairsOptions, drawPairs } from "./draw-pairs.ts";
export { type Embeddings, type Flip, joinFlipped } from "./embeddings.ts";
export { type EvaluateOptions, type Evaluation, evaluate, type Validation } from "./evaluate.ts";
export type { Figure } from "./figure.ts";
export {
  detFigure,
  distanceFigure,
  type LossPoint,
  lossFigure,
  type NamedDistances,
  rocFigure,
} from "./figures.ts";
export {
  type Fold,
  type FoldAccuracy,
  foldAccuracies,
  runsOfEachClass,
  splitFolds,
  type ThresholdSearch,
} from "./folds.ts";
export { firstAsGallery, type Identification, identify, openSetRate, type ProbeSets } from "./identify.ts";
export {
  type LocatedPair,
  type LocatedPairs,
  type LocateOptions,
  locateAmong,
} from "./locate-among.ts";
export { measurePairs } from "./measure-pairs.ts";
export { parsePairList } from "./pair-layouts.ts";
export { pairWarnings } from "./pair-warnings.ts";
export {
  type Pair,
  type PairList,
  PairsError,
  type PhotoName,
  type PhotoPath,
  parsePairs,
  photoIdentity,
  photoStem,
} from "./pairs.ts";
export { type BinSet, parseBin } from "./parse-bin.ts";
export { type Quality, type QualityBin, qualityFigure, qualityRates } from "./quality.ts";
export { areaUnder, equalErrorRate, meanRoc, type Roc, rocCurve, sortedRoc } from "./roc.ts";
export { countLess, type SortedDistances, sortDistances } from "./sorted-distances.ts";
export { type ErrorRate, type Subgroup, subgroupRates } from "./subgroups.ts";
export type { Summary } from "./summary.ts";
export { cmcTable, farTable, foldTable, subgroupTable } from "./tables.ts";
export { FARS, farWarnings, sortedTarAtFar, type TarAtFar, tarAtFar } from "./tar-at-far.ts";
export {
  type CardOptions,
  type CardThreshold,
  type Decision,
  decide,
  makeThresholdCard,
  type ThresholdCard,
  ThresholdCardError,
} from "./threshold-card.ts";
export { countUnnormalised } from "./unit-rows.ts";
export { type FoldValidation, validationRates } from "./validation-rate.ts";
export { evaluateViewOne, type ViewOne } from "./view-one.ts";
export { medianThreshold, worstPairs } from "./worst-pairs.ts";
