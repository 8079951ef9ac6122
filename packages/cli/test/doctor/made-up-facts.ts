import { ENGINES, type EngineProbe } from "@amface/engine";
import type { Gpu } from "../../src/doctor/list-gpus.ts";
import type { SystemFacts } from "../../src/doctor/system-facts.ts";

export const NVIDIA: Gpu = {
  ...{ name: "NVIDIA RTX A4000", vendor: "NVIDIA", driver: "550.54.14" },
  ...{ memoryMiB: 16_376, freeMiB: 15_000, computeCapability: 8.6 },
};

export const peer = (name: string, version: string | null, native = true, libtensorflow = true) => ({
  name: `@tensorflow/${name}`,
  version,
  native: version !== null && native,
  libtensorflow: version !== null && libtensorflow,
});

/** A Linux machine with an NVIDIA GPU where nothing is missing. */
export const WHOLE: SystemFacts = {
  ...{ platform: "linux", arch: "x64", runtime: "Node 22.1.0" },
  threading: { threads: 8, spinning: true, reason: "no other process needs their cores" },
  versions: { "@tensorflow/tfjs": "4.22.0", "onnxruntime-node": "1.30.0", tslab: "1.0.22" },
  memory: { totalGiB: 32, freeGiB: 20 },
  disk: { path: "/work", freeGiB: 100 },
  gpus: [NVIDIA],
  libraries: {
    ...{ "libcuda.so.1": "/lib/libcuda.so.1", "libcudart.so.11.0": "/lib/libcudart.so.11.0" },
    ...{ "libcudnn.so.8": "/lib/libcudnn.so.8", "libcudart.so.12": "/lib/libcudart.so.12" },
    ...{ "libcublasLt.so.12": "/lib/libcublasLt.so.12", "libcudnn.so.9": "/lib/libcudnn.so.9" },
    "libvulkan.so.1": "/lib/libvulkan.so.1",
  },
  vulkanDrivers: [{ file: "/x/nvidia_icd.json", name: "NVIDIA", apiVersion: "1.3.277", software: false }],
  peers: [peer("tfjs-node-gpu", "4.22.0"), peer("tfjs-node", "4.22.0")],
  cudaProvider: true,
  jupyter: { version: "4.2.0", kernels: ["python3", "tslab"] },
};

/** Probes of all engines, of which those named do not work. */
export const probes = (...failing: string[]): EngineProbe[] =>
  ENGINES.map(({ name, device, what, trains }) => {
    const works = !failing.includes(`${name}:${device}`);
    return { name, device, what, trains, works, byDefault: works, ...(!works && { reason: "it said no" }) };
  });
