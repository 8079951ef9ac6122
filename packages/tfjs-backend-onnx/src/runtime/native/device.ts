import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { OnnxGraph } from "../onnx-graph.ts";
import { DTYPE_CODE } from "../onnx-model.ts";
import { OrtTensor } from "../ort-tensor.ts";
import { OrtUnavailableError } from "../ort-unavailable-error.ts";
import type { Device, SessionOptions } from "../runtime.ts";
import { listProviders, OrtSession } from "./ort-session.ts";

/** Where onnxruntime-node runs models: on the processor, or on a graphics processor through WebGPU or CUDA. */
export type NativeDevice = Exclude<Device, "wasm">;

export const DEVICES: readonly NativeDevice[] = ["cpu", "webgpu", "cuda"];

/** The number of the adapter that sessions on `cuda` take. */
let cudaAdapter = 0;

/**
 * Sessions on `cuda` take the adapter of this number from now on.
 *
 * @returns The one before.
 */
export function setCudaAdapter(number: number): number {
  const before = cudaAdapter;
  cudaAdapter = number;
  return before;
}

/**
 * Whether results can stay on the device between runs. onnxruntime-node 1.30 keeps tensors nowhere but in the
 * main memory and in WebGPU's buffers: with CUDA they come back after every run.
 */
export function keepsResults(device: NativeDevice): boolean {
  return device === "webgpu";
}

/** Options of a session on `device` whose results called `kept` stay there, and all `others` come back. */
export function deviceOptions(
  device: NativeDevice,
  kept: readonly string[] = [],
  others: readonly string[] = [],
): SessionOptions {
  if (device === "cpu") return {};
  const locations = [
    ...kept.map((name) => [name, "gpu-buffer"] as const),
    ...others.map((name) => [name, "cpu"] as const),
  ];
  return {
    executionProviders: [device === "cuda" ? { name: device, deviceId: cudaAdapter } : device],
    ...(kept.length > 0 && { preferredOutputLocation: Object.fromEntries(locations) }),
  };
}

/**
 * Runs a model of one node on `device`.
 *
 * @throws {Error} When that fails; the message says what to install.
 */
export function checkDevice(device: NativeDevice): void {
  if (device === "cpu") return;
  if (device === "cuda" && !hasCudaProvider()) {
    throw new Error(
      "Cannot use device cuda: expected ONNX Runtime's CUDA provider beside onnxruntime-node's native library, " +
        `got none; ${CUDA_INSTALL}`,
    );
  }
  const graph = new OnnxGraph();
  graph.output("y", graph.node("Add", [graph.input("x", "float32", [1]), "x"]), "float32", [1]);
  try {
    const session = new OrtSession(graph.encode(), { ...deviceOptions(device), logSeverityLevel: 4 });
    session.run({ x: new OrtTensor("float32", Float32Array.of(1), [1]) }, { y: null });
    session.dispose();
  } catch (cause) {
    if (cause instanceof OrtUnavailableError) throw cause;
    // Without the source file and the condition that ONNX Runtime puts before what it says.
    const got = (cause as Error).message.trim().replace(/^.* was false\. /s, "");
    const [expected, install] =
      device === "cuda"
        ? ["a GPU that ONNX Runtime's CUDA provider can use", CUDA_INSTALL]
        : ["a graphics adapter", WEBGPU_INSTALL];
    throw new Error(`Cannot use device ${device}: expected ${expected}, got: ${got}; ${install}`, { cause });
  }
}

const computeFloat16 = new Set<NativeDevice>(["cpu"]);

/**
 * Multiplies in float16 on `device`, once in a process; the processor always can, in float32.
 *
 * @throws {Error} When that fails.
 */
export function checkFloat16(device: NativeDevice): void {
  if (computeFloat16.has(device)) return;
  const graph = new OnnxGraph();
  const half = graph.node("Cast", [graph.input("x", "float32", [1, 1, 1, 1])], { to: DTYPE_CODE.float16 });
  const y = graph.node("Cast", [graph.node("Conv", [half, half])], { to: DTYPE_CODE.float32 });
  graph.output("y", y, "float32", [1, 1, 1, 1]);
  try {
    const session = new OrtSession(graph.encode(), { ...deviceOptions(device), logSeverityLevel: 4 });
    const { y } = session.run({ x: new OrtTensor("float32", Float32Array.of(2), [1, 1, 1, 1]) }, { y: null });
    session.dispose();
    if (y.data[0] !== 4) throw new Error(`2 · 2 = ${y.data[0]}`);
  } catch (cause) {
    throw new Error(
      `Cannot compute in float16 on device ${device}: expected a GPU and a driver that can (on WebGPU the feature ` +
        `shader-f16), got: ${(cause as Error).message.trim()}; compute in float32`,
      { cause },
    );
  }
  computeFloat16.add(device);
}

const CUDA_INSTALL =
  "it needs Linux on x64 with NVIDIA's driver, CUDA 12 and cuDNN 9 on the library path, and the provider itself: " +
  "ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js";

const WEBGPU_INSTALL =
  "on Linux it needs Vulkan: the loader (Debian: libvulkan1) and the driver of the GPU (Debian: mesa-vulkan-drivers, " +
  "or nvidia-driver); without a GPU, Debian's chromium brings SwiftShader: start the program with " +
  "VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium";

/** Asked first because ONNX Runtime would print an error of its own. */
function hasCudaProvider(): boolean {
  listProviders(); // throws where onnxruntime-node itself is not there
  const { resolve } = createRequire(import.meta.url);
  const root = dirname(resolve("onnxruntime-node/package.json"));
  const folder = join(root, "bin", "napi-v6", process.platform, process.arch);
  return existsSync(join(folder, "libonnxruntime_providers_cuda.so"));
}
