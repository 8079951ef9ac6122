export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  SafetensorsError,
  type SafetensorsOptions,
} from "@amface/numpy";
export {
  createNet,
  type FaceNet,
  NET_NAMES,
  type NetDescription,
  type NetName,
} from "./architectures/create-net.ts";
export { kernels, type NetVariable, netVariables } from "./architectures/net-variables.ts";
export type { NetOptions, ResolvedNetOptions } from "./architectures/options.ts";
export { compiled } from "./compiled.ts";
export {
  type Crop,
  type Embedder,
  type EmbedderOptions,
  type EmbeddingModel,
  embedder,
  embedImages,
} from "./embedder.ts";
export { fitNet, type NetFit } from "./files/fit-net.ts";
export { type ImportOptions, importNet } from "./files/import-net.ts";
export {
  assignNet,
  createSavedNet,
  decodeNet,
  encodeNet,
  type LoadedNet,
  NetFileError,
  netMetadata,
  netTensors,
} from "./files/net-file.ts";
export {
  type BundleEntry,
  CheckpointFormatError,
  readBundleIndex,
  readBundleTensors,
} from "./files/tensorflow/tensorflow-bundle.ts";
export type { Padding } from "./layers/convolution.ts";
export { deriveSeed } from "./layers/derive-seed.ts";
export {
  drawDropoutNoise,
  SeededDropout,
  setDropoutStep,
  withDropoutNoise,
} from "./layers/seeded-dropout.ts";
