export { type AugmentOptions, augment } from "./augment/augment.ts";
export type { Balance } from "./balanced-order.ts";
export {
  type BatchOptions,
  type BatchPosition,
  batches,
  batchesPerEpoch,
  type FaceBatch,
  type StreamBatch,
} from "./batches.ts";
export { type EmbeddingTable, identityOf } from "./clean/embedding-table.ts";
export { excludePhotos, readExclusions, writeExclusions } from "./clean/exclusions.ts";
export {
  centreDistances,
  type FilteredPhoto,
  type FilterOptions,
  filterByCentre,
} from "./clean/filter-by-centre.ts";
export {
  type Duplicate,
  findDuplicates,
  type HashPhotosOptions,
  hashPhotos,
  type PhotoHash,
} from "./clean/find-duplicates.ts";
export {
  type FileHash,
  hashFiles,
  type Overlap,
  sameFaces,
  sameFiles,
  sameNames,
} from "./clean/find-overlap.ts";
export { hashDistance, type PerceptualHash, perceptualHash } from "./clean/perceptual-hash.ts";
export type { ImageSize, SkippedPhoto, SkippedRecord } from "./crop-reader.ts";
export { checkDataset, type DatasetCheck } from "./datasets/check-dataset.ts";
export {
  type DatasetCard,
  DatasetCardError,
  readDatasetCard,
  readDatasetCards,
} from "./datasets/dataset-card.ts";
export {
  DownloadError,
  type GetDatasetOptions,
  type GottenFile,
  getDataset,
} from "./datasets/get-dataset.ts";
export {
  describe,
  type FaceFile,
  type FaceSource,
  type HistogramBar,
  identityCount,
  identityCounts,
  photoCount,
  photosHistogram,
  type SourceStats,
  type SplitOptions,
  selectIdentities,
  splitIdentities,
} from "./face-source.ts";
export type { FaceBox, FaceLandmarks } from "./faces/draw-person.ts";
export { FACE_VERSION, type GenerateOptions, generateFaces } from "./faces/generate-faces.ts";
export { type GenerateScenesOptions, generateScenes } from "./faces/generate-scenes.ts";
export { faceLandmarks, type RenderedFace, type RenderOptions, renderFace } from "./faces/render-face.ts";
export {
  type RenderedScene,
  renderScene,
  type SceneFace,
  type SceneOptions,
} from "./faces/render-scene.ts";
export { type IdentityFolderOptions, identityFolder } from "./identity-folder.ts";
export { type ImageBatch, type ImageBatchOptions, imageBatches } from "./image-batches.ts";
export { type OpenSourceOptions, openSource } from "./open-source.ts";
export { listPhotos, type PhotoBatch, type PhotoBatchOptions, photoBatches } from "./photo-batches.ts";
export type { PhotoRef } from "./photo-columns.ts";
export { Random, type RandomKey } from "./random.ts";
export type { ColumnTable } from "./shards/column-table.ts";
export {
  decodeFaceRecord,
  encodeFaceRecord,
  type FaceRecord,
  type PartialFaceRecord,
} from "./shards/face-record.ts";
export { type PackOptions, type PackSummary, packShards, type ShardEncoding } from "./shards/pack-shards.ts";
export { ShardError, type ShardProblem } from "./shards/shard-error.ts";
export { type IdentityRow, readShardIndex, writeShardIndex } from "./shards/shard-index.ts";
export { isShardFolder, ShardSource, type ShardSourceOptions, shardSource } from "./shards/shard-source.ts";
export { frame as tfrecordFrame } from "./shards/tfrecord.ts";
export { type TableSourceOptions, tableSource } from "./table-source.ts";
export { toImages } from "./to-images.ts";
