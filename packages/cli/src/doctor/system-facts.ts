import { statfsSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { setTimeout } from "node:timers/promises";
import { type Threading, ThreadingPolicy } from "@amface/tfjs-backend-onnx";
import { findLibraries } from "./find-libraries.ts";
import { type Gpu, listGpus } from "./list-gpus.ts";
import { type JupyterState, readJupyter } from "./read-jupyter.ts";
import { type PeerState, readPeers } from "./read-peers.ts";
import { readVersions } from "./read-versions.ts";
import { readVulkanDrivers, type VulkanDriverFile } from "./read-vulkan-drivers.ts";

/** What the doctor looks at besides trying the engines. All of it is plain data, so that any state can be made up. */
export interface SystemFacts {
  readonly platform: string;
  readonly arch: string;
  /** `Node 22.1.0`, `Bun 1.4.5` or `Deno 2.9.5`. */
  readonly runtime: string;
  readonly versions: Readonly<Record<string, string | null>>;
  /** How nets compute on the processor. */
  readonly threading: Threading;
  readonly memory: { readonly totalGiB: number; readonly freeGiB: number };
  readonly disk: { readonly path: string; readonly freeGiB: number };
  readonly gpus: readonly Gpu[];
  /** Where each shared library was found that an engine needs from outside, or null. */
  readonly libraries: Readonly<Record<string, string | null>>;
  readonly vulkanDrivers: readonly VulkanDriverFile[];
  readonly peers: readonly PeerState[];
  /** Whether ONNX Runtime's CUDA provider lies beside its native library. */
  readonly cudaProvider: boolean;
  readonly jupyter: JupyterState;
}

/** TensorFlow 2.9 wants the first three, ONNX Runtime the next four; WebGPU the last. */
export const LIBRARIES = [
  ...["libcuda.so.1", "libcudart.so.11.0", "libcudnn.so.8"],
  ...["libcudart.so.12", "libcublasLt.so.12", "libcudnn.so.9", "libvulkan.so.1"],
] as const;

export async function readSystemFacts(env: NodeJS.ProcessEnv): Promise<SystemFacts> {
  // Before programs are asked below, which keep cores busy too; others show over a time only.
  const cores = new ThreadingPolicy();
  await setTimeout(200);
  const threading = cores.at();
  const { versions, cudaProvider } = readVersions();
  const [gpus, jupyter, libraries] = await Promise.all([
    listGpus(),
    readJupyter(),
    findLibraries(LIBRARIES, env),
  ]);
  const disk = statfsSync(process.cwd());
  return {
    platform: process.platform,
    arch: process.arch,
    runtime: runtime(),
    versions,
    threading,
    memory: { totalGiB: gib(totalmem()), freeGiB: gib(freemem()) },
    disk: { path: process.cwd(), freeGiB: gib(disk.bavail * disk.bsize) },
    gpus,
    libraries,
    vulkanDrivers: readVulkanDrivers(env),
    peers: readPeers(),
    cudaProvider,
    jupyter,
  };
}

function runtime(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
}

const gib = (bytes: number) => Math.round((bytes / 2 ** 30) * 10) / 10;
