import { existsSync, readdirSync } from "node:fs";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { GpuShareError, type LocalProcess, ownGpu } from "./own-gpu.ts";
import { mappedVulkanDrivers } from "./vulkan-drivers.ts";

export interface OnnxOptions {
  /** Whether a Vulkan driver that computes on the processor will do: it is slower than `onnx:cpu`. */
  readonly softwareToo?: boolean;
  /** On the processor; as many as there are cores to use where absent. */
  readonly threads?: number;
  /** Which of several processes on this host this one is. */
  readonly local?: LocalProcess | undefined;
}

/**
 * Makes ready the backend `onnx` on one of its devices.
 *
 * @throws {GpuShareError} When several processes of this host would compute on one GPU.
 * @throws {Error} When the device cannot be used here; the message says what to install.
 */
export async function loadOnnx(
  device: "cpu" | "cuda" | "webgpu",
  { softwareToo = false, threads, local }: OnnxOptions = {},
): Promise<void> {
  const { listProviders, setDevice } = await import("@amface/tfjs-backend-onnx");
  listProviders();
  if (threads !== undefined) (tf.findBackend("onnx") as OnnxBackend).setThreads(threads);
  if (device === "cuda") {
    return setCuda(setDevice, local);
  }
  if (device !== "webgpu" || softwareToo) return setDevice(device);
  // Asked before a driver is loaded: that takes a tenth of a second and, with SwiftShader, would work.
  if (process.platform === "linux" && !hasGpuFile()) {
    throw new Error(
      "expected a GPU, found neither /dev/dri/renderD*, /dev/nvidia*, nor /dev/dxg; a software driver such as " +
        "SwiftShader is slower than onnx:cpu and is used only where it is asked for: --engine onnx:webgpu",
    );
  }
  setDevice("webgpu");
  try {
    refuseSoftware();
    refuseOthers(local);
  } catch (error) {
    setDevice("cpu");
    throw error;
  }
}

/** What is missing for CUDA is told before that there are fewer devices than processes. */
function setCuda(setDevice: (device: "cuda", adapter: number) => void, local?: LocalProcess): void {
  let [own, refusal]: [number, unknown] = [0, undefined];
  try {
    own = (local && ownGpu(local)) ?? 0;
  } catch (error) {
    refusal = error;
  }
  setDevice("cuda", own);
  if (refusal) throw refusal;
}

/** Throws where every Vulkan driver in this process computes on the processor; with one of a GPU, Dawn takes that. */
export function refuseSoftware(drivers = mappedVulkanDrivers()): void {
  if (drivers.length === 0 || drivers.some(({ software }) => !software)) return;
  throw new Error(
    `expected a driver of a GPU, got ${drivers.map(({ name }) => name).join(", ")}, which computes on the processor and is ` +
      "slower than onnx:cpu; install the GPU's own Vulkan driver, or ask for this one: --engine onnx:webgpu",
  );
}

/** @throws {GpuShareError} Where there are several processes: ONNX Runtime's WebGPU takes the same adapter in all of them. */
export function refuseOthers({ rank, size }: LocalProcess = { rank: 0, size: 1 }): void {
  if (size === 1) return;
  throw new GpuShareError(
    `Cannot give process ${rank} of ${size} on this host a GPU: expected one process where WebGPU computes, whose adapter cannot ` +
      `be chosen, got ${size}; start one a host, compute on NVIDIA's GPUs with --engine onnx:cuda, or on the processor with --engine onnx:cpu`,
  );
}

/** Whether Linux shows a GPU that a Vulkan driver could use; `/dev/dxg` is Windows's, seen from its Linux. */
function hasGpuFile(): boolean {
  const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  return (
    names("/dev/dri").some((name) => name.startsWith("renderD")) ||
    names("/dev").some((name) => /^(nvidia\d+|dxg|kgsl-3d0|mali\d)$/.test(name))
  );
}
