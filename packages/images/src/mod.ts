export { ImageError, type ImageProblem } from "./image-error.ts";
export { type Identity, IMAGE_EXTENSIONS, listIdentities } from "./list-identities.ts";
export { makeFolder } from "./make-folder.ts";
export { mirrorImage } from "./mirror-image.ts";
export { type DecodeOptions, decodeImage, MAX_PIXELS, readImage } from "./read-image.ts";
export { checkRgbImage, type RgbImage } from "./rgb-image.ts";
export { WriteError } from "./write-error.ts";
export { writeFileAtomic } from "./write-file-atomic.ts";
export { encodeJpeg, encodePng, writePng } from "./write-image.ts";
