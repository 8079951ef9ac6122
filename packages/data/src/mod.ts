export { type BatchOptions, batches, batchesPerEpoch, type FaceBatch } from "./batches.ts";
export type { ImageSize, SkippedPhoto } from "./crop-reader.ts";
export {
  describe,
  type FaceFile,
  type FaceSource,
  type SourceStats,
  selectIdentities,
  splitIdentities,
} from "./face-source.ts";
export { FACE_VERSION, type GenerateOptions, generateFaces } from "./faces/generate-faces.ts";
export {
  type FaceLandmarks,
  faceLandmarks,
  type RenderedFace,
  type RenderOptions,
  renderFace,
} from "./faces/render-face.ts";
export { type IdentityFolderOptions, identityFolder } from "./identity-folder.ts";
export { type ImageBatch, type ImageBatchOptions, imageBatches } from "./image-batches.ts";
export { Random, type RandomKey } from "./random.ts";
export { toImages } from "./to-images.ts";
