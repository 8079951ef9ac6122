export {
  type DistanceTable,
  DistanceTableError,
  parseDistances,
  readDistances,
  writeDistances,
} from "./distance-table.ts";
export { squaredDistances } from "./distances.ts";
export { type Embed, type EmbedPhotosOptions, embedPhotos } from "./embed-photos.ts";
export { type Embeddings, type Flip, joinFlipped } from "./embeddings.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
export {
  distanceFigure,
  type Figure,
  type LossPoint,
  lossFigure,
  type NamedDistances,
  rocFigure,
} from "./figures.ts";
export { type Fold, type FoldAccuracy, foldAccuracies, splitFolds } from "./folds.ts";
export { type LocatedPair, type LocatedPairs, type LocateOptions, locatePhotos } from "./locate-photos.ts";
export { type Pair, type PairList, PairsError, type PhotoName, parsePairs, readPairs } from "./pairs.ts";
export { type ReportData, renderReport } from "./report.ts";
export type { ReportPair, ReportPicture, ReportResult } from "./report-sections.ts";
export { areaUnder, equalErrorRate, meanRoc, type Roc, rocCurve, type TarAtFar, tarAtFar } from "./roc.ts";
export type { Summary } from "./summary.ts";
export { type FoldValidation, validationRates } from "./validation-rate.ts";
export { medianThreshold, worstPairs } from "./worst-pairs.ts";
