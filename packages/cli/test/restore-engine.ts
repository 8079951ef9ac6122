import "@amface/tfjs-backend-onnx";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";

const backend = tf.findBackend("onnx") as OnnxBackend;
const { patience, threading } = backend;

/** Gives the backend `onnx` the settings back that it had: commands that tests run in their own process set others. */
export function restoreEngine(): void {
  backend.patience = patience;
  backend.setThreads(threading.threads);
}
