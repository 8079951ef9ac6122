import { existsSync, readdirSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { findGpu, type NvidiaGpu, nvidiaGpus } from "./nvidia-gpus.ts";
import { gpuInUse, type LocalProcess } from "./own-gpu.ts";
import { mappedVulkanDrivers } from "./vulkan-drivers.ts";

/** Memory of the device that an engine computes on, in bytes. */
export interface DeviceMemory {
  /** In use, by this process on the processor, by all on a GPU. */
  readonly used: number;
  /** What `used` can grow to. */
  readonly limit: number;
}

/**
 * The memory that an engine's device has now: the main memory for those on the processor, software drivers included, and
 * for GPUs what NVIDIA's tool or AMD's driver on Linux tells.
 *
 * @param local This process among those of its host, as `useEngine` got it.
 * @returns `undefined` for a GPU that does not tell.
 */
export function deviceMemory(
  device: string,
  local?: LocalProcess,
  listGpus = nvidiaGpus,
): DeviceMemory | undefined {
  if (device === "cpu") return mainMemory();
  const drivers = mappedVulkanDrivers();
  if (device === "webgpu" && drivers.length > 0 && drivers.every(({ software }) => software))
    return mainMemory();
  return nvidiaMemory(device, local, listGpus()) ?? (device === "webgpu" ? amdMemory() : undefined);
}

function mainMemory(): DeviceMemory {
  const used = process.memoryUsage.rss();
  return { used, limit: used + freemem() };
}

/** Of CUDA's device; with WebGPU, which tells nothing of its own, of the first. */
function nvidiaMemory(
  device: string,
  local: LocalProcess | undefined,
  gpus: readonly NvidiaGpu[],
): DeviceMemory | undefined {
  const own = device === "webgpu" ? gpus[0]?.index : gpuInUse(gpus, local);
  const { used, limit } = (own !== undefined && findGpu(gpus, own)) || { used: 0, limit: Number.NaN };
  return Number.isFinite(limit) ? { used, limit } : undefined;
}

/** Of the card with the most memory, which is the one that Dawn takes. */
function amdMemory(folder = "/sys/class/drm"): DeviceMemory | undefined {
  const read = (card: string, name: string) =>
    Number(readFileSync(join(folder, card, "device", name), "utf8"));
  const cards = (existsSync(folder) ? readdirSync(folder) : []).filter((card) =>
    existsSync(join(folder, card, "device", "mem_info_vram_total")),
  );
  return cards
    .map((card) => ({ used: read(card, "mem_info_vram_used"), limit: read(card, "mem_info_vram_total") }))
    .sort((a, b) => b.limit - a.limit)[0];
}
