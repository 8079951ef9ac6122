import { findBackend } from "@tensorflow/tfjs-core";
import { checkDevice, DEVICES, type NativeDevice, setCudaAdapter } from "../runtime/native/device.ts";
import type { OnnxBackend } from "./backend.ts";

/**
 * Chooses where the backend `onnx` runs from now on; `cpu` at first. Tensors that exist stay valid. On `webgpu`
 * float32 results that stay alive, such as weights and the slots of an optimizer, stay on the device until they
 * are read or disposed. On `cuda` results come back to the main memory after every run.
 *
 * @param adapter Which of several GPUs `cuda` takes, by its number; the first by default.
 * @throws {RangeError} For a device that does not exist.
 * @throws {Error} When the device cannot be used here; the message says what to install. The one in use stays.
 */
export function setDevice(device: NativeDevice, adapter = 0): void {
  if (!DEVICES.includes(device)) {
    throw new RangeError(`Cannot use device ${device}: expected one of ${DEVICES.join(", ")}`);
  }
  const before = device === "cuda" ? setCudaAdapter(adapter) : undefined;
  try {
    checkDevice(device);
  } catch (error) {
    if (before !== undefined) setCudaAdapter(before);
    throw error;
  }
  (findBackend("onnx") as OnnxBackend).setDevice(device);
}
