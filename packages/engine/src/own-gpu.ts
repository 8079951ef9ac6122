import { execFileSync } from "node:child_process";

/** A process among those that a launcher started on its host. */
export interface LocalProcess {
  readonly rank: number;
  readonly size: number;
}

/** GPUs that several processes of a host cannot share out: a reason to stop, and not to compute on the processor instead. */
export class GpuShareError extends Error {
  override readonly name = "GpuShareError";
}

/**
 * Which of the host's CUDA devices one of several processes takes: each its own, by the order of the devices. A process that
 * is shown one device alone by `CUDA_VISIBLE_DEVICES` takes that for its own: whether others are shown the same, it does not know.
 *
 * @param devices What CUDA calls them; none where there are no GPUs.
 * @returns Its place among `devices`; undefined where there is nothing to choose.
 * @throws {GpuShareError} When there are some, but fewer than processes.
 */
export function ownGpu(
  { rank, size }: LocalProcess,
  devices: readonly string[] = cudaDevices(),
  shown = process.env.CUDA_VISIBLE_DEVICES,
): number | undefined {
  const isGiven = devices.length === 1 && shown !== undefined;
  if (size === 1 || devices.length === 0 || isGiven) return undefined;
  if (devices.length >= size) return rank;
  throw new GpuShareError(
    `Cannot give process ${rank} of ${size} on this host a GPU: expected one for each process, got ${devices.length}; start ` +
      `${devices.length} processes a host, or compute on the processor: --engine onnx:cpu`,
  );
}

/** What CUDA calls the devices that this process may use: by `CUDA_VISIBLE_DEVICES`, or the numbers of all that NVIDIA's tool lists. */
export function cudaDevices(shown = process.env.CUDA_VISIBLE_DEVICES, list = listGpus): readonly string[] {
  const all = shown?.split(",").map((device) => device.trim()) ?? list();
  // CUDA uses those before the first that it does not know.
  const end = all.findIndex((device) => device === "" || device === "-1");
  return end < 0 ? all : all.slice(0, end);
}

function listGpus(): string[] {
  try {
    const query = ["--query-gpu=index", "--format=csv,noheader"];
    const table = execFileSync("nvidia-smi", query, { encoding: "utf8", stdio: "pipe" }).trim();
    return table === "" ? [] : table.split("\n").map((index) => index.trim());
  } catch {
    return [];
  }
}
