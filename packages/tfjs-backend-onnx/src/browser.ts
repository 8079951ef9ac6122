import "./backend/register-web.ts";

export type { CompiledFunction } from "./backend/compiled-function.ts";
export { setDevice } from "./backend/register-web.ts";
export { OnnxBackend } from "./backend/web-backend.ts";
export { OrtUnavailableError } from "./runtime/ort-unavailable-error.ts";
export type { SessionOptions, Threading } from "./runtime/runtime.ts";
export type { WebOptions } from "./runtime/web/load-ort-web.ts";
export type { WebDevice as Device } from "./runtime/web/web-runtime.ts";
