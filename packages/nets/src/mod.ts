export * from "./browser.ts";
export { OnnxFileError, type OnnxHeader, readOnnxHeader } from "./files/onnx/onnx-header.ts";
export type { OnnxInitializer, OnnxValue } from "./files/onnx/onnx-values.ts";
export { type MessageField, MessageFile } from "./files/protobuf/message-fields.ts";
export { readSafetensors, writeSafetensors } from "./files/safetensors-file.ts";
export { loadNet, saveNet } from "./files/save-net.ts";
export {
  isTensorFlowCheckpoint,
  readTensorFlowCheckpoint,
} from "./files/tensorflow/tensorflow-checkpoint.ts";
export {
  type GraphHeader,
  type GraphTensor,
  readGraph,
  readSavedModel,
  type SavedModelHeader,
  type Signature,
} from "./files/tensorflow/tensorflow-graph.ts";
export { loadTfjs, saveTfjs, TfjsFileError, tfjsFiles } from "./files/tfjs-files.ts";
export { readMetadata, readWeights } from "./files/weights-file.ts";
