import type { EngineProbe } from "@amface/engine";
import type { PeerState } from "./read-peers.ts";
import type { SystemFacts } from "./system-facts.ts";

/** Something that is missing or wrong, and what to do about it. */
export interface Advice {
  /** An engine such as `onnx:webgpu`, or `runtime` or `notebooks`. */
  readonly about: string;
  readonly problem: string;
  readonly remedy: string;
}

type Found = Omit<Advice, "about">;

/**
 * What keeps engines and notebooks from working here, each with its remedy, from the state of the system alone. An
 * engine that works gets none.
 */
export function advise(facts: SystemFacts, probes: readonly EngineProbe[]): Advice[] {
  const checks: Readonly<Record<string, (facts: SystemFacts) => Found[]>> = {
    "tensorflow:gpu": tensorflowGpu,
    "onnx:cuda": onnxCuda,
    "onnx:webgpu": onnxWebgpu,
    "tensorflow:cpu": tensorflowCpu,
    "onnx:cpu": onnxCpu,
  };
  const failing = probes
    .filter(({ works, byDefault }) => !works || !byDefault)
    .map(({ name, device }) => `${name}:${device}`);
  return [
    ...named("runtime", runtime(facts)),
    ...failing.flatMap((engine) => named(engine, checks[engine]?.(facts) ?? [])),
    ...named("notebooks", notebooks(facts)),
  ];
}

const named = (about: string, found: Found[]): Advice[] => found.map((each) => ({ about, ...each }));

/** Whether a version such as 525.60.13 is older than another. */
export function older(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) < (b[i] ?? 0);
  }
  return false;
}

function runtime({ runtime }: SystemFacts): Found[] {
  const [name, version] = runtime.split(" ");
  const least = { Node: "20.19", Bun: "1.2", Deno: "2.0" }[name] ?? "0";
  if (!older(version, least)) return [];
  return [{ problem: `${name} ${version} is too old`, remedy: `install ${name} ${least} or newer` }];
}

function tensorflowGpu(facts: SystemFacts): Found[] {
  const module = "@tensorflow/tfjs-node-gpu";
  const nvidia = needsNvidia(facts, "450.80.02", "CUDA 11.2");
  if (nvidia.length > 0) return nvidia;
  const peer = peerProblems(facts, module);
  if (peer.length > 0) return peer;
  const libraries = missing(facts, {
    "libcudart.so.11.0": "CUDA 11.2's toolkit, and put its lib64 folder on LD_LIBRARY_PATH",
    "libcudnn.so.8": "cuDNN 8.1 for CUDA 11.2",
  });
  const newest = Math.max(0, ...facts.gpus.map(({ computeCapability = 0 }) => computeCapability));
  if (libraries.length > 0 || newest <= 8.6) return libraries;
  return [
    {
      problem: `CUDA 11.2 has no code for compute capability ${newest}`,
      remedy:
        "wait: the first start compiles its kernels for many minutes (CUDA_CACHE_MAXSIZE=4294967296 keeps them), " +
        "or use onnx:cuda or onnx:webgpu",
    },
  ];
}

function tensorflowCpu(facts: SystemFacts): Found[] {
  return peerProblems(facts, "@tensorflow/tfjs-node");
}

function peerProblems({ peers }: SystemFacts, module: string): Found[] {
  const peer = peers.find(({ name }) => name === module) as PeerState;
  if (peer.version === null) {
    return [
      {
        problem: `${module} is not installed; it is optional`,
        remedy: `bun add --trust ${module}, or npm install ${module}; either downloads libtensorflow`,
      },
    ];
  }
  if (!peer.native) {
    return [
      {
        problem: `${module} ${peer.version} is installed without its native part`,
        remedy: `let its install script run: bun pm trust ${module}, or npm rebuild ${module}`,
      },
    ];
  }
  if (!peer.libtensorflow) {
    return [
      {
        problem: `${module} ${peer.version} is installed without libtensorflow, whose download broke off`,
        remedy: `npm rebuild ${module}, with access to its download`,
      },
    ];
  }
  return [];
}

function onnxCuda(facts: SystemFacts): Found[] {
  if (facts.platform !== "linux" || facts.arch !== "x64") {
    return [
      { problem: `ONNX Runtime has no CUDA for ${facts.platform} ${facts.arch}`, remedy: "use onnx:webgpu" },
    ];
  }
  const nvidia = needsNvidia(facts, "525.60.13", "CUDA 12");
  if (nvidia.length > 0) return nvidia;
  const provider = {
    problem: "ONNX Runtime's CUDA provider is not installed",
    remedy:
      "bun pm trust onnxruntime-node, or ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js",
  };
  return [
    ...(facts.cudaProvider ? [] : [provider]),
    ...missing(facts, {
      "libcudart.so.12": "CUDA 12's runtime",
      "libcublasLt.so.12": "CUDA 12's cuBLAS",
      "libcudnn.so.9": "cuDNN 9 for CUDA 12",
    }),
  ];
}

/** Without an NVIDIA GPU, or with too old a driver, there is nothing else to say about CUDA. */
function needsNvidia({ gpus, libraries }: SystemFacts, least: string, what: string): Found[] {
  const cards = gpus.filter(({ vendor }) => vendor === "NVIDIA");
  if (cards.length === 0) return [{ problem: "there is no NVIDIA GPU", remedy: "nothing to do" }];
  const driver = cards.find(({ driver }) => driver !== undefined)?.driver;
  if (driver === undefined || libraries["libcuda.so.1"] === null) {
    return [
      {
        problem: "there is an NVIDIA GPU without NVIDIA's driver",
        remedy: "install it (Debian: nvidia-driver); in a container, start that with --gpus all",
      },
    ];
  }
  if (!older(driver, least)) return [];
  return [
    {
      problem: `NVIDIA's driver ${driver} is too old for ${what}`,
      remedy: `update it to ${least} or newer`,
    },
  ];
}

function missing({ libraries }: SystemFacts, needs: Readonly<Record<string, string>>): Found[] {
  return Object.entries(needs)
    .filter(([library]) => (libraries[library] ?? null) === null)
    .map(([library, remedy]) => ({ problem: `${library} is not found`, remedy: `install ${remedy}` }));
}

/** The oldest Vulkan that Dawn, ONNX Runtime's WebGPU, takes. */
const LEAST_VULKAN = "1.1";

function onnxWebgpu(facts: SystemFacts): Found[] {
  const { platform, libraries, vulkanDrivers, gpus } = facts;
  if (platform !== "linux") return [];
  if (libraries["libvulkan.so.1"] === null) {
    return [
      { problem: "there is no Vulkan loader (libvulkan.so.1)", remedy: "install it (Debian: libvulkan1)" },
    ];
  }
  const hardware = vulkanDrivers.filter(({ software }) => !software);
  const [vendor] = gpus.map(({ vendor }) => vendor);
  if (vendor === undefined) {
    return [
      {
        problem: "there is no GPU, and a software driver is slower than onnx:cpu",
        remedy: "nothing to do; --engine onnx:webgpu tries the software driver",
      },
    ];
  }
  if (hardware.length === 0) {
    return [
      {
        problem: `there is no Vulkan driver for the ${vendor} GPU`,
        remedy:
          vendor === "NVIDIA"
            ? "install NVIDIA's driver with its graphics part; in a container, set NVIDIA_DRIVER_CAPABILITIES=all"
            : "install the GPU's driver (Debian: mesa-vulkan-drivers)",
      },
    ];
  }
  if (hardware.every(({ apiVersion }) => older(apiVersion, LEAST_VULKAN))) {
    return [
      {
        problem: `the Vulkan driver ${hardware[0].name} knows Vulkan ${hardware[0].apiVersion} only`,
        remedy: `update the GPU's driver to one with Vulkan ${LEAST_VULKAN} or newer`,
      },
    ];
  }
  return [];
}

function onnxCpu({ versions, platform, arch }: SystemFacts): Found[] {
  if (versions["onnxruntime-node"] === null) {
    return [
      { problem: "onnxruntime-node is not installed", remedy: "install anew: bun install, or npm install" },
    ];
  }
  return [
    {
      problem: `onnxruntime-node ${versions["onnxruntime-node"]} does not run on ${platform} ${arch}`,
      remedy:
        "install onnxruntime-node 1.30.0 on this very system: remove node_modules, then bun install or npm install",
    },
  ];
}

function notebooks({ jupyter, versions }: SystemFacts): Found[] {
  if (versions.tslab === null) return []; // an installed command has no notebooks
  if (jupyter.version === null) {
    return [{ problem: "Jupyter is not installed", remedy: "pip install jupyterlab, to open the notebooks" }];
  }
  if (jupyter.kernels.includes("tslab")) return [];
  return [
    {
      problem: "Jupyter does not find the TypeScript kernel (tslab)",
      remedy: "start it by amface notebook start",
    },
  ];
}
