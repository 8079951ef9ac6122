export {
  AlignmentMismatchError,
  type AlignmentRecord,
  CROP_SIZE,
  type CropSize,
  FACE_TEMPLATE,
  faceTemplate,
  type Landmarks,
  type Point,
} from "@amface/images";
export { type NdArray, type NdData, NpyError, PickleError, readNpy } from "@amface/numpy";
export { WeightsError } from "@amface/weights";
export { chooseFace, FACE_RULES, type FaceChoice, type FaceRule, rankFaces } from "./detect/choose-face.ts";
export { detectFaces } from "./detect/detect-faces.ts";
export type { DetectOptions } from "./detect/detect-options.ts";
export { type FaceWarningOptions, faceWarnings } from "./detect/face-warnings.ts";
export { MIN_SHARPNESS, sharpness } from "./detect/sharpness.ts";
export { type AlignFolderOptions, alignFolder } from "./folder/align-folder.ts";
export { alignmentRecord } from "./folder/alignment-record.ts";
export type { Orphans } from "./folder/find-orphans.ts";
export { type OutputFiles, outputFiles } from "./folder/output-files.ts";
export type { Shard } from "./folder/photos-to-align.ts";
export type { AlignOutcome, OutcomeKind, PhotoVersion } from "./manifest/align-outcome.ts";
export { formatCsv, parseCsv } from "./manifest/csv.ts";
export { FACE_WARNINGS, type FaceWarning } from "./manifest/face-warning.ts";
export { readManifest } from "./manifest/manifest.ts";
export { type AlignSummary, summariseOutcomes } from "./manifest/summarise-outcomes.ts";
export { Detector, type DetectorParts } from "./nets/detector.ts";
export { type DetectorOptions, loadDetector } from "./nets/load-detector.ts";
export { alignFace } from "./warp/align-face.ts";
export { centerCrop } from "./warp/center-crop.ts";
export { FACE_LOOKS, type Face, type FaceLook } from "./warp/face.ts";
export { type Affine, similarityTransform } from "./warp/similarity-transform.ts";
export { warpAffine } from "./warp/warp-affine.ts";
