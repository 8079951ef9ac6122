export { type AugmentOptions, augment } from "./augment/augment.ts";
export { RESAMPLE_KERNELS, type ResampleKernel } from "./augment/resample.ts";
export type { Balance, BatchOptions, ImageSize } from "./batches/batch-options.ts";
export {
  type BatchPosition,
  batches,
  batchesPerEpoch,
  type FaceBatch,
  type StreamBatch,
} from "./batches/batches.ts";
export { type PhotoBatch, type PhotoBatchOptions, photoBatches } from "./batches/photo-batches.ts";
export { toImages } from "./batches/to-images.ts";
export {
  type AuditLabelsOptions,
  auditLabels,
  type LabelAudit,
  type MislabelledPhoto,
  type MixedIdentity,
  type SplitPerson,
} from "./clean/audit-labels.ts";
export {
  type AuditOverlapOptions,
  auditOverlap,
  type NearCopy,
  type SharedPerson,
} from "./clean/audit-overlap.ts";
export { copiesBetween, type SharedPicture } from "./clean/copies-between.ts";
export type { EmbeddingTable } from "./clean/embedding-table.ts";
export { readExclusions, writeExclusions } from "./clean/exclusion-file.ts";
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
export type { RowProducts, Rows } from "./clean/row-products.ts";
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
export { claimGeneratedFolder, GENERATOR_FILE } from "./faces/claim-generated-folder.ts";
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
export { type FaceFiles, type FileSource, fileSource } from "./folder/file-source.ts";
export { type IdentityFolderOptions, identityFolder } from "./folder/identity-folder.ts";
export { type TableSourceOptions, tableSource } from "./folder/table-source.ts";
export { Random, type RandomKey } from "./numbers/random.ts";
export {
  decodeFaceRecord,
  encodeFaceRecord,
  type FaceRecord,
  type PartialFaceRecord,
} from "./shards/face-record.ts";
export { joinPacked, type PackSummary, requireEmpty } from "./shards/join-packed.ts";
export { type OpenSourceOptions, openSource } from "./shards/open-source.ts";
export { type PackedPart, type PackOptions, packPart, type ShardEncoding } from "./shards/pack-part.ts";
export { packShards } from "./shards/pack-shards.ts";
export { recordIoSource } from "./shards/recordio-source.ts";
export { ShardError, type ShardProblem, type SkippedRecord } from "./shards/shard-error.ts";
export { type IdentityRow, readShardIndex, writeShardIndex } from "./shards/shard-index.ts";
export {
  isShardFolder,
  type ShardSource,
  type ShardSourceOptions,
  shardSource,
} from "./shards/shard-source.ts";
export { frame as tfrecordFrame } from "./shards/tfrecord.ts";
export type { ColumnTable } from "./source/column-table.ts";
export type { ExcludeOptions } from "./source/exclusions.ts";
export { type FaceFile, type PhotoRef, photoName } from "./source/photo-columns.ts";
export { identityOf } from "./source/photo-name.ts";
export type { NumberedPhotos, OrderOptions, PhotoOrder, PhotoSource } from "./source/photo-source.ts";
export type { SkippedPhoto } from "./source/skipped-photo.ts";
export { type HistogramBar, photosHistogram, type SourceStats, sourceStats } from "./source/source-stats.ts";
export { type SplitOptions, splitIdentities } from "./source/split-identities.ts";
