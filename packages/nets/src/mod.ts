export * from "./browser.ts";
export { readSafetensors, writeSafetensors } from "./files/safetensors-file.ts";
export { loadNet, saveNet } from "./files/save-net.ts";
export {
  isTensorFlowCheckpoint,
  readTensorFlowCheckpoint,
} from "./files/tensorflow/tensorflow-checkpoint.ts";
export { loadTfjs, saveTfjs } from "./files/tfjs-files.ts";
export { readMetadata, readWeights } from "./files/weights-file.ts";
