import * as tf from "@tensorflow/tfjs";

/** One way to run TensorFlow.js here. */
export interface EngineCandidate {
  /** Name of the TensorFlow.js backend. */
  readonly name: string;
  readonly device: "cpu" | "gpu";
  /** What it is, in a few words. */
  readonly what: string;
  /** Registers the backend; throws, with what is missing and how to get it, where it cannot run. */
  load(): Promise<void>;
}

/** Every engine, the fastest first. */
export const ENGINES: readonly EngineCandidate[] = [
  {
    name: "tensorflow",
    device: "gpu",
    what: "TensorFlow 2.9 on CUDA 11.2 (@tensorflow/tfjs-node-gpu)",
    load: () => loadTensorflow("@tensorflow/tfjs-node-gpu", true),
  },
  {
    name: "tensorflow",
    device: "cpu",
    what: "TensorFlow 2.9 (@tensorflow/tfjs-node)",
    load: () => loadTensorflow("@tensorflow/tfjs-node", false),
  },
  {
    name: "onnx",
    device: "cpu",
    what: "ONNX Runtime (@amface/tfjs-backend-onnx)",
    load: async () => {
      const { listProviders } = await import("@amface/tfjs-backend-onnx");
      listProviders();
    },
  },
  {
    name: "cpu",
    device: "cpu",
    what: "plain JavaScript, for checks only",
    load: async () => {
      // In production TensorFlow.js does not advertise its native binding on the console.
      tf.env().set("PROD", true);
    },
  },
];

/**
 * Loads TensorFlow's native binding. It is an optional peer: its own install step downloads libtensorflow,
 * which not every machine can.
 */
async function loadTensorflow(module: string, wantsGpu: boolean): Promise<void> {
  try {
    await import(module);
  } catch (cause) {
    throw new Error(
      `expected ${module} to load, got: ${firstLine(cause)}; install it with: bun add --trust ${module}`,
      {
        cause,
      },
    );
  }
  if (!wantsGpu) return;
  const backend = tf.findBackend("tensorflow") as (tf.KernelBackend & { isUsingGpuDevice?: boolean }) | null;
  if (!backend?.isUsingGpuDevice) {
    throw new Error("expected a CUDA device, TensorFlow found none; it needs CUDA 11.2 and cuDNN 8.1");
  }
}

function firstLine(error: unknown): string {
  return String((error as Error)?.message ?? error)
    .split("\n", 1)[0]
    .replace(/ imported from .*/, "");
}
