import { findGpu, type NvidiaGpu, nvidiaGpus } from "./nvidia-gpus.ts";

/** A process among those that a launcher started on its host. */
export interface LocalProcess {
  readonly rank: number;
  readonly size: number;
  /** How many of them the launcher shows one CUDA device alone, and the same as to this one (`shownGpu`); 1 by default. */
  readonly alike?: number;
}

/** GPUs that several processes of a host cannot share out: a reason to stop, and not to compute on the processor instead. */
export class GpuShareError extends Error {
  override readonly name = "GpuShareError";
}

/**
 * Which of the host's CUDA devices one of several processes takes: each its own, by the order of the devices. A process that
 * is shown one device alone by `CUDA_VISIBLE_DEVICES` takes that for its own, unless others are shown the same.
 *
 * @param devices What CUDA calls them; none where there are no GPUs.
 * @returns Its place among `devices`; undefined where there is nothing to choose.
 * @throws {GpuShareError} When there are some, but fewer than processes, or several are shown the same one.
 */
export function ownGpu(
  { rank, size, alike = 1 }: LocalProcess,
  devices: readonly string[] = cudaDevices(),
  shown = process.env.CUDA_VISIBLE_DEVICES,
): number | undefined {
  const isGiven = devices.length === 1 && shown !== undefined;
  if (isGiven && alike > 1) {
    throw new GpuShareError(
      `Cannot give process ${rank} of ${size} on this host a GPU: expected CUDA_VISIBLE_DEVICES to show each process another, ` +
        `got ${shown} in ${alike} of them; give each its own (a number, or a UUID of nvidia-smi -L), unset it where there are ` +
        "as many GPUs as processes, or compute on the processor: --engine onnx:cpu",
    );
  }
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

const listGpus = () => nvidiaGpus().map(({ index }) => index);

/**
 * The device that `CUDA_VISIBLE_DEVICES` alone shows to this process: its UUID, or what the variable calls it
 * where NVIDIA's tool tells none. Undefined where it shows another number of devices, or is not set.
 */
export function shownGpu(shown = process.env.CUDA_VISIBLE_DEVICES, gpus = nvidiaGpus): string | undefined {
  const devices = shown === undefined ? [] : cudaDevices(shown);
  if (devices.length !== 1) return undefined;
  return findGpu(gpus(), devices[0])?.uuid ?? devices[0];
}

/**
 * What CUDA calls the device that this process computes on.
 *
 * @param gpus Those that NVIDIA's tool lists.
 * @returns Undefined where there is none.
 * @throws {GpuShareError} As `ownGpu`.
 */
export function gpuInUse(gpus: readonly NvidiaGpu[], local?: LocalProcess): string | undefined {
  const devices = cudaDevices(undefined, () => gpus.map(({ index }) => index));
  return devices[(local && ownGpu(local, devices)) ?? 0];
}
