import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** A graphics processor. */
export interface Gpu {
  readonly name: string;
  readonly vendor: "NVIDIA" | "AMD" | "Intel" | "Apple" | "other";
  /** Version of NVIDIA's driver. */
  readonly driver?: string;
  readonly memoryMiB?: number;
  readonly freeMiB?: number;
  /** NVIDIA's compute capability, such as 8.6. */
  readonly computeCapability?: number;
}

/** The GPUs of this machine, as NVIDIA's tool, Linux's device files or macOS tell them. */
export async function listGpus(): Promise<Gpu[]> {
  const query = "name,driver_version,memory.total,memory.free,compute_cap";
  const table = await runTool("nvidia-smi", [`--query-gpu=${query}`, "--format=csv,noheader,nounits"]);
  const nvidia = table === undefined ? [] : parseNvidia(table);
  if (process.platform === "darwin") return listApple();
  const others = drmVendors("/sys/class/drm");
  return [...nvidia, ...others.filter(({ vendor }) => vendor !== "NVIDIA" || nvidia.length === 0)];
}

/** Reads nvidia-smi's table of name, driver, memory in all, memory free and compute capability. */
export function parseNvidia(table: string): Gpu[] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([name, driver, total, free, capability]) => ({
      ...{ name, vendor: "NVIDIA", driver },
      ...{ memoryMiB: Number(total), freeMiB: Number(free), computeCapability: Number(capability) },
    }));
}

const VENDORS: Readonly<Record<string, Gpu["vendor"]>> = {
  "0x10de": "NVIDIA",
  "0x1002": "AMD",
  "0x8086": "Intel",
};

/** GPUs by the vendors' numbers in Linux's folder of graphics cards. */
function drmVendors(folder: string): Gpu[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^card\d+$/.test(name))
    .map((name) => join(folder, name, "device", "vendor"))
    .filter((file) => existsSync(file))
    .map((file) => {
      const vendor = VENDORS[readFileSync(file, "utf8").trim()] ?? "other";
      return { name: `${vendor} graphics`, vendor };
    });
}

async function listApple(): Promise<Gpu[]> {
  const text = await runTool("system_profiler", ["SPDisplaysDataType", "-json"]);
  const { SPDisplaysDataType: cards = [] } = JSON.parse(text ?? "{}") as {
    SPDisplaysDataType?: { sppci_model?: string }[];
  };
  return cards.map(({ sppci_model: name = "Apple graphics" }) => ({ name, vendor: "Apple" }));
}
