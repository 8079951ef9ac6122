import "./backend/register.ts";

export { OnnxBackend } from "./backend/backend.ts";
export type { CompiledFunction } from "./backend/compiled-function.ts";
export { setDevice } from "./backend/set-device.ts";
export { type ExportOptions, exportOnnx } from "./export/export-onnx.ts";
export type { TensorSpec, Tensors } from "./export/trace.ts";
export { deviceOptions, type NativeDevice as Device } from "./runtime/native/device.ts";
export { listProviders, OrtSession, type OrtValueInfo } from "./runtime/native/ort-session.ts";
export { type Machine, ThreadingPolicy, threadingOptions } from "./runtime/native/threading.ts";
export { coreQuota, usableCores } from "./runtime/native/usable-cores.ts";
export { OnnxGraph } from "./runtime/onnx-graph.ts";
export type { OnnxAttribute, OnnxData, OnnxDim, OnnxDtype } from "./runtime/onnx-model.ts";
export { OrtTensor } from "./runtime/ort-tensor.ts";
export { OrtUnavailableError } from "./runtime/ort-unavailable-error.ts";
export type { SessionOptions, Threading } from "./runtime/runtime.ts";
