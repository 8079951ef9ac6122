/* What runs in a browser: the same cascade on TensorFlow.js, photos by the browser's own decoders. */
export {
  CROP_SIZE,
  type CropSize,
  FACE_TEMPLATE,
  faceTemplate,
  type Landmarks,
  type Point,
} from "@amface/images";
export { chooseFace, FACE_RULES, type FaceChoice, type FaceRule, rankFaces } from "./detect/choose-face.ts";
export type { DetectOptions } from "./detect/detect-options.ts";
export { type FaceWarningOptions, faceWarnings } from "./detect/face-warnings.ts";
export { alignmentRecord } from "./folder/alignment-record.ts";
export { FACE_WARNINGS, type FaceWarning } from "./manifest/face-warning.ts";
export { alignFace } from "./warp/align-face.ts";
export { centerCrop } from "./warp/center-crop.ts";
export { FACE_LOOKS, type Face, type FaceLook } from "./warp/face.ts";
export { type Affine, similarityTransform } from "./warp/similarity-transform.ts";
export { warpAffine } from "./warp/warp-affine.ts";
export { detectFaces } from "./web/detect-faces.ts";
export { Detector } from "./web/detector.ts";
export { loadDetector } from "./web/load-detector.ts";
export { PhotoError, type PhotoSource, readPhoto } from "./web/read-photo.ts";
