import "./backend/register.ts";

export { OnnxBackend } from "./backend/backend.ts";
export { setDevice } from "./backend/set-device.ts";
export { type ExportOptions, exportOnnx } from "./export/export-onnx.ts";
export type { TensorSpec, Tensors } from "./export/trace.ts";
export { type Device, deviceOptions } from "./runtime/device.ts";
export { OnnxGraph } from "./runtime/onnx-graph.ts";
export type { OnnxAttribute, OnnxData, OnnxDim, OnnxDtype } from "./runtime/onnx-model.ts";
export {
  listProviders,
  OrtSession,
  OrtTensor,
  OrtUnavailableError,
  type OrtValueInfo,
  type SessionOptions,
} from "./runtime/ort-session.ts";
export { type Machine, type Threading, ThreadingPolicy, threadingOptions } from "./runtime/threading.ts";
export { coreQuota, usableCores } from "./runtime/usable-cores.ts";
