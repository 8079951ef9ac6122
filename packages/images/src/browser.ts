/* What touches pixels only: no file, no codec, no module of Node. */
export {
  CROP_SIZE,
  type CropSize,
  checkCropSize,
  FACE_TEMPLATE,
  faceTemplate,
  type Landmarks,
  type Point,
} from "./face-template.ts";
export { isTruncated } from "./is-truncated.ts";
export { mirrorImage, mirrorRows } from "./mirror-image.ts";
export { checkRgbImage, type RgbImage } from "./rgb-image.ts";
