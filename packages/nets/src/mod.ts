export { createNet, type FaceNet, NET_NAMES, type NetDescription, type NetName } from "./create-net.ts";
export { deriveSeed } from "./derive-seed.ts";
export { type ImportOptions, importNet } from "./import-net.ts";
export { kernels, type NetVariable, netVariables } from "./net-variables.ts";
export type { NetOptions, Padding, ResolvedNetOptions } from "./options.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  SafetensorsError,
} from "./safetensors.ts";
export { readSafetensors, writeSafetensors } from "./safetensors-file.ts";
export {
  assignNet,
  createSavedNet,
  type LoadedNet,
  loadNet,
  NetFileError,
  netMetadata,
  netTensors,
  saveNet,
} from "./save-net.ts";
export { SeededDropout, setDropoutStep } from "./seeded-dropout.ts";
export { CheckpointFormatError } from "./tensorflow-bundle.ts";
export { readTensorFlowCheckpoint } from "./tensorflow-checkpoint.ts";
export { loadTfjs, saveTfjs } from "./tfjs-files.ts";
