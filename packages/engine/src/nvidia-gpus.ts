import { execFileSync } from "node:child_process";

/** A GPU as NVIDIA's tool lists it; memory in bytes. */
export interface NvidiaGpu {
  readonly index: string;
  readonly uuid: string;
  readonly used: number;
  readonly limit: number;
}

const MIB = 2 ** 20;

/** All GPUs that NVIDIA's tool lists; none without it. */
export function nvidiaGpus(): NvidiaGpu[] {
  try {
    const query = ["--query-gpu=index,uuid,memory.used,memory.total", "--format=csv,noheader,nounits"];
    const table = execFileSync("nvidia-smi", query, { encoding: "utf8", stdio: "pipe" });
    const rows = table.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));
    return rows
      .filter((cells) => cells.length === 4)
      .map(([index, uuid, used, limit]) => ({
        ...{ index, uuid, used: Number(used) * MIB, limit: Number(limit) * MIB },
      }));
  } catch {
    return [];
  }
}

/** The one that `CUDA_VISIBLE_DEVICES` calls so: by its number, or the start of its UUID. */
export function findGpu(gpus: readonly NvidiaGpu[], device: string): NvidiaGpu | undefined {
  return gpus.find(
    ({ index, uuid }) => index === device || (/^GPU-/i.test(device) && uuid.startsWith(device)),
  );
}
