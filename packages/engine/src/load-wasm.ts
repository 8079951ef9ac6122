import * as tf from "@tensorflow/tfjs";

/** Registers TensorFlow.js's WebAssembly, which has no gradients of convolutions and runs on one thread here. */
export async function loadWasm(): Promise<void> {
  tf.env().set("PROD", true);
  await import("@tensorflow/tfjs-backend-wasm");
}
