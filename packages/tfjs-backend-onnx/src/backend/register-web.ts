import { loadOrtWeb, type WebOptions } from "../runtime/web/load-ort-web.ts";
import type { WebDevice, WebRuntime } from "../runtime/web/web-runtime.ts";
import { registerOnnxBackend } from "./register-backend.ts";
import { OnnxBackend } from "./web-backend.ts";

const DEVICES: readonly WebDevice[] = ["wasm", "webgpu"];

/** Below all others: what is loaded for it is large, so a program asks for it by `tf.setBackend("onnx")`. */
const PRIORITY = 0;

let chosen: WebRuntime | undefined;
let backend: OnnxBackend | undefined;

/**
 * Chooses where the backend `onnx` runs from now on; `wasm` if this is never called. Tensors that exist stay valid. On
 * `webgpu` float32 results that stay alive, such as weights and the slots of an optimizer, stay on the device until
 * they are read or disposed.
 *
 * @param options Where onnxruntime-web's files lie, and its threads; what a device was first used with remains.
 * @throws {RangeError} For a device that does not exist, or `threads` that is no positive integer.
 * @throws {OrtUnavailableError} When onnxruntime-web or its files are not there.
 * @throws {Error} When the device cannot be used here; the message says why. The one in use stays.
 */
export async function setDevice(device: WebDevice, options: WebOptions = {}): Promise<void> {
  if (!DEVICES.includes(device)) {
    throw new RangeError(`Cannot use device ${device}: expected one of ${DEVICES.join(", ")}`);
  }
  chosen = await loadOrtWeb(device, options);
  await backend?.use(chosen);
}

async function makeBackend(): Promise<OnnxBackend> {
  if (!chosen) {
    const wasm = await loadOrtWeb("wasm");
    chosen ??= wasm; // `setDevice` may have chosen meanwhile
  }
  backend = new OnnxBackend(chosen);
  return backend;
}

// TensorFlow.js's custom: importing a backend registers it.
registerOnnxBackend(makeBackend, PRIORITY);
