/* What touches pixels only: no file, no codec, no module of Node. */
export { mirrorImage, mirrorRows } from "./mirror-image.ts";
export { checkRgbImage, type RgbImage } from "./rgb-image.ts";
