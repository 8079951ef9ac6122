export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  SafetensorsError,
  type SafetensorsOptions,
} from "@amface/numpy";
export { createNet, type FaceNet, NET_NAMES, type NetDescription, type NetName } from "./create-net.ts";
export { deriveSeed } from "./derive-seed.ts";
export {
  type Crop,
  type Embedder,
  type EmbedderOptions,
  embedder,
  embedImages,
} from "./embedder.ts";
export { type ImportOptions, importNet } from "./import-net.ts";
export {
  assignNet,
  createSavedNet,
  decodeNet,
  encodeNet,
  type LoadedNet,
  NetFileError,
  netMetadata,
  netTensors,
} from "./net-file.ts";
export { kernels, type NetVariable, netVariables } from "./net-variables.ts";
export type { NetOptions, Padding, ResolvedNetOptions } from "./options.ts";
export { SeededDropout, setDropoutStep } from "./seeded-dropout.ts";
export {
  type BundleEntry,
  CheckpointFormatError,
  readBundleIndex,
  readBundleTensors,
} from "./tensorflow-bundle.ts";
