import assert from "node:assert/strict";
import { test } from "node:test";
import { advise, older } from "../../src/doctor/advise.ts";
import type { SystemFacts } from "../../src/doctor/system-facts.ts";
import { NVIDIA, peer, probes, WHOLE } from "./made-up-facts.ts";

/** The problems and remedies of one engine, in a machine that differs from a whole one. */
function advice(about: string, differs: Partial<SystemFacts>): string {
  return advise({ ...WHOLE, ...differs }, probes(about))
    .filter((each) => each.about === about)
    .map(({ problem, remedy }) => `${problem}: ${remedy}`)
    .join("\n");
}

const without = (...names: string[]) => ({
  libraries: { ...WHOLE.libraries, ...Object.fromEntries(names.map((name) => [name, null])) },
});
const driver = (version: string) => ({ gpus: [{ ...NVIDIA, driver: version }] });

test("a machine where all engines work gets no advice", () => {
  assert.deepEqual(advise(WHOLE, probes()), []);
});

const STATES: [title: string, about: string, differs: Partial<SystemFacts>, expected: RegExp][] = [
  [
    "a peer that is not installed",
    "tensorflow:gpu",
    { peers: [peer("tfjs-node-gpu", null)] },
    /^@tensorflow\/tfjs-node-gpu is not installed.*: bun add --trust @tensorflow\/tfjs-node-gpu/,
  ],
  [
    "a peer without its native part",
    "tensorflow:gpu",
    { peers: [peer("tfjs-node-gpu", "4.22.0", false)] },
    /^@tensorflow\/tfjs-node-gpu 4\.22\.0 is installed without its native part: .*bun pm trust/,
  ],
  [
    "a peer without libtensorflow",
    "tensorflow:cpu",
    { peers: [peer("tfjs-node", "4.22.0", true, false)] },
    /^@tensorflow\/tfjs-node 4\.22\.0 is installed without libtensorflow.*: npm rebuild @tensorflow\/tfjs-node/,
  ],
  [
    "CUDA 11.2 that is missing",
    "tensorflow:gpu",
    without("libcudart.so.11.0"),
    /^libcudart\.so\.11\.0 is not found: install CUDA 11\.2/,
  ],
  [
    "cuDNN 8 that is missing",
    "tensorflow:gpu",
    without("libcudnn.so.8"),
    /^libcudnn\.so\.8 is not found: install cuDNN 8\.1/,
  ],
  [
    "a driver too old for CUDA 11.2",
    "tensorflow:gpu",
    driver("440.33.01"),
    /^NVIDIA's driver 440\.33\.01 is too old for CUDA 11\.2: update it to 450\.80\.02/,
  ],
  [
    "a card newer than CUDA 11.2",
    "tensorflow:gpu",
    { gpus: [{ ...NVIDIA, computeCapability: 9 }] },
    /^CUDA 11\.2 has no code for compute capability 9: wait.*onnx:webgpu/,
  ],
  ["a machine without an NVIDIA GPU", "onnx:cuda", { gpus: [] }, /^there is no NVIDIA GPU: nothing to do$/],
  [
    "a card without a driver",
    "onnx:cuda",
    without("libcuda.so.1"),
    /^there is an NVIDIA GPU without NVIDIA's driver: .*--gpus all/,
  ],
  [
    "a driver too old for CUDA 12",
    "onnx:cuda",
    driver("515.105.01"),
    /^NVIDIA's driver 515\.105\.01 is too old for CUDA 12: update it to 525\.60\.13/,
  ],
  [
    "a provider that is not installed",
    "onnx:cuda",
    { cudaProvider: false },
    /^ONNX Runtime's CUDA provider is not installed: bun pm trust onnxruntime-node/,
  ],
  [
    "cuDNN 9 that is missing",
    "onnx:cuda",
    without("libcudnn.so.9"),
    /^libcudnn\.so\.9 is not found: install cuDNN 9/,
  ],
  [
    "a system that has no CUDA",
    "onnx:cuda",
    { platform: "darwin", arch: "arm64" },
    /no CUDA for darwin arm64: use onnx:webgpu/,
  ],
  [
    "no Vulkan loader",
    "onnx:webgpu",
    without("libvulkan.so.1"),
    /^there is no Vulkan loader.*: install it \(Debian: libvulkan1\)$/,
  ],
  [
    "a GPU without a Vulkan driver",
    "onnx:webgpu",
    { vulkanDrivers: [] },
    /no Vulkan driver for the NVIDIA GPU: .*NVIDIA_DRIVER_CAPABILITIES=all/,
  ],
  [
    "an AMD GPU with a software driver only",
    "onnx:webgpu",
    {
      gpus: [{ name: "AMD graphics", vendor: "AMD" }],
      vulkanDrivers: [{ ...WHOLE.vulkanDrivers[0], software: true }],
    },
    /no Vulkan driver for the AMD GPU: .*mesa-vulkan-drivers/,
  ],
  [
    "a Vulkan driver that is too old",
    "onnx:webgpu",
    { vulkanDrivers: [{ ...WHOLE.vulkanDrivers[0], apiVersion: "1.0.61" }] },
    /^the Vulkan driver NVIDIA knows Vulkan 1\.0\.61 only: update the GPU's driver/,
  ],
  [
    "no GPU but a software driver",
    "onnx:webgpu",
    { gpus: [] },
    /^there is no GPU, and a software driver is slower/,
  ],
  [
    "ONNX Runtime that is not installed",
    "onnx:cpu",
    { versions: { "onnxruntime-node": null } },
    /^onnxruntime-node is not installed: install anew/,
  ],
  [
    "ONNX Runtime of another system",
    "onnx:cpu",
    {},
    /^onnxruntime-node 1\.30\.0 does not run on linux x64: .*remove node_modules/,
  ],
];

for (const [title, about, differs, expected] of STATES) {
  test(`${about}: ${title} has a remedy of its own`, () => assert.match(advice(about, differs), expected));
}

test("every state has another text", () => {
  const texts = STATES.map(([, about, differs]) => advice(about, differs));
  assert.equal(new Set(texts).size, texts.length);
});

test("too old a runtime, no Jupyter, and a kernel that Jupyter does not find are told too", () => {
  const told = (differs: Partial<SystemFacts>) =>
    advise({ ...WHOLE, ...differs }, probes()).map(({ about, problem }) => `${about}: ${problem}`);
  assert.deepEqual(told({ runtime: "Node 18.20.4" }), ["runtime: Node 18.20.4 is too old"]);
  assert.deepEqual(told({ jupyter: { version: null, kernels: [] } }), [
    "notebooks: Jupyter is not installed",
  ]);
  assert.match(
    told({ jupyter: { version: "4.2.0", kernels: ["python3"] } })[0],
    /does not find the TypeScript kernel/,
  );
});

test("older() compares versions number by number", () => {
  assert.ok(older("525.60.9", "525.60.13") && older("20.9", "20.19") && older("1.0", "1.0.1"));
  assert.ok(!older("525.60.13", "525.60.13") && !older("550.1", "525.60.13"));
});
