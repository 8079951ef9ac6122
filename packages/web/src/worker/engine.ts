import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import * as tf from "@tensorflow/tfjs-core";
import { boxAddress, type Loading, loadBox, loadPart } from "./load-part.ts";
import { unzipped } from "./unzipped.ts";

let started: Promise<OnnxBackend> | undefined;

/**
 * Makes ONNX Runtime's WebAssembly TensorFlow.js's backend; starts it the first time.
 *
 * @param use Whether nets keep their weights, which then become constants, or are trained.
 * @throws {Error} When the box cannot be loaded: the next call tries again. Or when ONNX Runtime does not start: it never
 *   will then, before the page is loaded again.
 */
export async function useEngine(
  loading: Loading,
  use: "inference" | "training" = "inference",
): Promise<void> {
  started ??= start(loading).catch((error) => {
    started = undefined;
    throw error;
  });
  const backend = await started;
  if (tf.getBackend() !== "onnx") await tf.setBackend("onnx");
  backend.patience = use === "inference" ? 0 : 3;
}

/** How many threads compute, and why. */
export async function threading(): Promise<{ threads: number; reason: string }> {
  const { threads, reason } = (await (started as Promise<OnnxBackend>)).threading;
  return { threads, reason };
}

async function start(loading: Loading): Promise<OnnxBackend> {
  const { runtime, runtimeStart } = await loadBox();
  const wasm = await loadPart(runtime, loading);
  const address = URL.createObjectURL(
    new Blob([await unzipped(wasm, runtime)], { type: "application/wasm" }),
  );
  try {
    await setDevice("wasm", { wasmPaths: { mjs: boxAddress(runtimeStart.file), wasm: address } });
    await tf.setBackend("onnx");
    return tf.backend() as OnnxBackend;
  } catch (cause) {
    throw new Error(`Cannot start ONNX Runtime: ${(cause as Error).message}; load the page again`, { cause });
  } finally {
    URL.revokeObjectURL(address);
  }
}
