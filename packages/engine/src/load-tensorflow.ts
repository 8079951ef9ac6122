import { execFileSync } from "node:child_process";
import util from "node:util";
import * as tf from "@tensorflow/tfjs";
import { cudaDevices, GpuShareError, type LocalProcess, ownGpu } from "./own-gpu.ts";

/** How much of a GPU's memory TensorFlow takes: as much as it turns out to need, or a share in (0, 1] at once. */
export type GpuMemory = "grow" | number;

type TensorflowBackend = tf.KernelBackend & { readonly isUsingGpuDevice?: boolean };

export interface TensorflowOptions {
  readonly gpuMemory?: GpuMemory;
  /** Threads on the processor; as many as there are cores where absent. */
  readonly threads?: number;
  /** Which of several processes on this host this one is. */
  readonly local?: LocalProcess | undefined;
  /** Imports a module; tests give another. */
  readonly importModule?: (name: string) => Promise<unknown>;
}

/**
 * Loads TensorFlow's native binding, an optional peer: its install script downloads libtensorflow, which not every
 * machine can.
 *
 * @throws {Error} Where it cannot run; the message says what is missing and how to get it.
 * @throws {RangeError} For a share of the GPU's memory outside (0, 1].
 */
export async function loadTensorflow(
  device: "gpu" | "cpu",
  { gpuMemory = "grow", threads, local, importModule = (name) => import(name) }: TensorflowOptions = {},
): Promise<void> {
  const module = `@tensorflow/tfjs-node${device === "gpu" ? "-gpu" : ""}`;
  // Else it advertises itself on the console, and warns where tfjs-node and tfjs-node-gpu are both there.
  tf.env().set("PROD", true);
  addOldUtilities();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1"; // else it tells of the processor at every start
  const refusal = device === "gpu" && local ? showOwnGpu(local) : undefined;
  if (device === "gpu") reserveGpuMemory(gpuMemory);
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  try {
    await importModule(module);
  } catch (cause) {
    throw new Error(loadProblem(module, cause), { cause });
  }
  const { isUsingGpuDevice } = (tf.findBackend("tensorflow") ?? {}) as TensorflowBackend;
  if (device === "gpu" && !isUsingGpuDevice) {
    throw new Error(
      "expected a CUDA device, TensorFlow found none; it needs an NVIDIA driver of at least 450.80, CUDA 11.2 " +
        "(libcudart.so.11.0) and cuDNN 8.1 (libcudnn.so.8) on the library path: newer versions do not do",
    );
  }
  if (refusal) throw refusal; // only where TensorFlow could have used one
  if (device === "cpu" && isUsingGpuDevice) {
    throw new Error(
      "expected TensorFlow on the processor, got its GPU package, which sees a GPU; start with CUDA_VISIBLE_DEVICES=-1",
    );
  }
}

/**
 * Leaves TensorFlow one GPU to see: it takes all that it sees. Bun does not hand the variable on to native code.
 *
 * @returns Why this process cannot have one of its own, where it cannot.
 */
function showOwnGpu(local: LocalProcess): GpuShareError | undefined {
  const devices = cudaDevices();
  try {
    const own = ownGpu(local, devices);
    if (own === undefined) return undefined;
    process.env.CUDA_VISIBLE_DEVICES = devices[own];
  } catch (error) {
    if (error instanceof GpuShareError) return error;
    throw error;
  }
  if (process.versions.bun === undefined) return undefined;
  return new GpuShareError(
    `Cannot give process ${local.rank} of ${local.size} on this host a GPU: expected Node, got Bun, under which TensorFlow sees ` +
      "all GPUs; start with node, set CUDA_VISIBLE_DEVICES for each process, or compute with --engine onnx:cuda",
  );
}

/** What went wrong when TensorFlow's binding was loaded, and the remedy. */
export function loadProblem(module: string, cause: unknown): string {
  const message = String((cause as Error)?.message ?? cause);
  const [first] = message.split("\n", 1);
  const got = first.replace(/ imported from .*/, "").trim();
  const problem = (remedy: string) => `expected ${module} to load, got: ${got}; ${remedy}`;
  if (/tfjs_binding\.node\) can not/.test(message)) {
    return problem(
      `the package is there without its native part, whose install script was blocked or could not download; run: bun pm trust ${module}, ` +
        `or npm rebuild ${module}`,
    );
  }
  if (/libtensorflow[\w.]*so[\d.]*: cannot open|tensorflow\.dll/.test(message)) {
    return problem(
      `its native part is there without libtensorflow, whose download broke off; run: npm rebuild ${module}`,
    );
  }
  if (/NODE_MODULE_VERSION|different Node\.js version|N-API version|napi/i.test(message)) {
    return problem(
      `its native part was made for another Node than ${process.version}; run: npm rebuild ${module}`,
    );
  }
  if (/GLIBC|invalid ELF header|wrong ELF class|mach-o|not a valid Win32/i.test(message)) {
    return problem(
      `its native part was made for another system than ${process.platform} ${process.arch}; remove node_modules and install here`,
    );
  }
  if (
    /cannot find (module|package)/i.test(message) &&
    (message.includes(`'${module}'`) || message.includes(`"${module}"`))
  ) {
    return `expected ${module}, which is not installed; install it with: bun add --trust ${module}, or npm install ${module}`;
  }
  return problem(`install it anew with: bun add --trust ${module}, or npm install ${module}`);
}

/** Gives back to `node:util` what tfjs-node 4.22 calls and Node 23 removed. */
export function addOldUtilities(target: object = util): void {
  const old = target as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

/**
 * TensorFlow reads these variables when it first looks at the GPU; tfjs-node has no option for them. A share becomes
 * what is left to others. Bun does not hand variables on to native code: there they must be set from outside.
 */
function reserveGpuMemory(memory: GpuMemory): void {
  if (memory === "grow") {
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
    return;
  }
  if (!(memory > 0 && memory <= 1)) {
    throw new RangeError(
      `Cannot reserve GPU memory: expected "grow" or a share in (0, 1], got ${JSON.stringify(memory)}`,
    );
  }
  process.env.TF_FORCE_GPU_ALLOW_GROWTH = "false";
  process.env.TF_DEVICE_MIN_SYS_MEMORY_IN_MB = String(memoryForOthers(memory, totalGpuMemory()));
}

/** MiB of `total` that a share of it leaves. */
export const memoryForOthers = (share: number, total: number): number => Math.ceil((1 - share) * total);

/** MiB of the smallest NVIDIA GPU's memory. */
function totalGpuMemory(): number {
  try {
    const query = ["--query-gpu=memory.total", "--format=csv,noheader,nounits"];
    return Math.min(
      ...execFileSync("nvidia-smi", query, { encoding: "utf8" }).trim().split("\n").map(Number),
    );
  } catch (cause) {
    throw new Error(
      `expected nvidia-smi to tell the GPU's memory, got: ${String((cause as Error).message).split("\n", 1)[0]}; install NVIDIA's driver`,
      { cause },
    );
  }
}
