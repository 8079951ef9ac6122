export {
  ALIGNMENT_FILE,
  AlignmentMismatchError,
  type AlignmentRecord,
  alignmentDifferences,
  formatAlignment,
  parseAlignment,
  readAlignment,
} from "./alignment-record.ts";
export * from "./browser.ts";
export { type ContactSheetOptions, contactSheet } from "./contact-sheet.ts";
export { CropDecoder } from "./crop-decoder.ts";
export { encodePng } from "./encode-png.ts";
export { ImageError, type ImageProblem } from "./image-error.ts";
export { type DecodeOptions, decodeImage, MAX_PIXELS, readImage } from "./read-image.ts";
export { encodeJpeg, writePng } from "./write-image.ts";
