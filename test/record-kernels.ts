import { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const BACKEND = "recorder";
const called = new Set<string>();

/**
 * The names of the kernels that `work` calls on a backend that has TensorFlow.js's kernels and none of its own for
 * training, as tfjs-node has none. They are computed by ONNX Runtime, which is fast.
 */
export async function recordKernels(work: () => unknown): Promise<string[]> {
  if (!tf.findBackendFactory(BACKEND)) {
    const standard = new Set(tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName));
    for (const config of tf.getKernelsForBackend("onnx")) {
      if (!standard.has(config.kernelName)) continue;
      const kernelFunc: tf.KernelFunc = (call) => {
        called.add(config.kernelName);
        return config.kernelFunc(call);
      };
      tf.registerKernel({ ...config, backendName: BACKEND, kernelFunc });
    }
    tf.registerBackend(BACKEND, () => new OnnxBackend());
  }
  tf.env().set("PROD", true);
  await tf.setBackend(BACKEND);
  called.clear();
  await work();
  return [...called].sort();
}
