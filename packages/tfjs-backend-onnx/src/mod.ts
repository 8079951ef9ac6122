import "./register.ts";

export { OnnxBackend } from "./backend.ts";
export type { Device } from "./device.ts";
export { type ExportOptions, exportOnnx } from "./export-onnx.ts";
export { type OnnxAttribute, type OnnxData, type OnnxDim, type OnnxDtype, OnnxGraph } from "./onnx-graph.ts";
export {
  listProviders,
  OrtSession,
  OrtTensor,
  OrtUnavailableError,
  type SessionOptions,
} from "./ort-session.ts";
export { setDevice } from "./set-device.ts";
export type { TensorSpec, Tensors } from "./trace.ts";
