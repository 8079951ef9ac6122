export {
  type AdaFaceOptions,
  adaFace,
  FIRST_NORM_STATISTICS,
  updateNormStatistics,
} from "./ada-face.ts";
export { type AmSoftmaxOptions, amSoftmaxLogits } from "./am-softmax.ts";
export { type ArcFaceOptions, arcFace } from "./arc-face.ts";
export { centerLoss, nextCenters } from "./center-loss.ts";
export { type CombinedMarginOptions, combinedMargin } from "./combined-margin.ts";
export { cosFace } from "./cos-face.ts";
export { cosineDistance } from "./cosine-distance.ts";
export { cosineLogits } from "./cosine-logits.ts";
export { crossEntropy } from "./cross-entropy.ts";
export { crossEntropyPart, logSumExp, type SoftmaxPart, softmaxPart } from "./cross-entropy-part.ts";
export { embeddingLengths } from "./embedding-lengths.ts";
export {
  decisionBoundaryFigure,
  type Figure,
  type NamedMargin,
  targetLogitFigure,
} from "./figures.ts";
export { firstClassWeights } from "./first-class-weights.ts";
export { l2Normalize } from "./l2-normalize.ts";
export { l2Penalty } from "./l2-penalty.ts";
export { type MagFaceOptions, magFace, magFacePenalty } from "./mag-face.ts";
export {
  applyMargin,
  type Margin,
  type MarginCosines,
  type MarginLogitsOptions,
  marginLogits,
  marginWhere,
} from "./margin.ts";
export { type SampleOptions, sampleIdentities } from "./sample-identities.ts";
export {
  type HeadSample,
  type IdleMotion,
  SampledHead,
  type SampledHeadOptions,
  type SampledUpdate,
} from "./sampled-head.ts";
export { smoothL1 } from "./smooth-l1.ts";
export { normalisedSoftmaxLogits, softmaxLogits } from "./softmax.ts";
export {
  type AnnealingOptions,
  sphereFace,
  sphereFaceAnnealing,
  sphereFaceLogits,
} from "./sphere-face.ts";
export { checkLabels, targetValues } from "./targets.ts";
export { batchHardTripletLoss } from "./triplet-loss.ts";
