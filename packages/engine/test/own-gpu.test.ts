import assert from "node:assert/strict";
import { test } from "node:test";
import { cudaDevices, type Engine, GpuShareError, ownGpu, shownGpu, useEngine } from "@amface/engine";
import { refuseOthers } from "../src/load-onnx.ts";

const four = ["0", "1", "2", "3"];

test("each process of a host takes a GPU of its own, by the order of the adapters", () => {
  const chosen = [0, 1, 2].map((rank) => ownGpu({ rank, size: 3 }, four, undefined));
  assert.deepEqual(chosen, [0, 1, 2]);
});

test("fewer GPUs than processes are an error that says how many there are", () => {
  assert.throws(() => ownGpu({ rank: 1, size: 5 }, four, undefined), {
    name: "GpuShareError",
    message:
      "Cannot give process 1 of 5 on this host a GPU: expected one for each process, got 4; start 4 processes a host, " +
      "or compute on the processor: --engine onnx:cpu",
  });
  assert.throws(() => ownGpu({ rank: 0, size: 2 }, ["0"], undefined), /expected one for each process, got 1/);
});

test("there is nothing to choose for one process, without GPUs, and where the launcher shows each process one", () => {
  assert.equal(ownGpu({ rank: 0, size: 1 }, four, undefined), undefined);
  assert.equal(ownGpu({ rank: 1, size: 2 }, [], undefined), undefined);
  assert.equal(ownGpu({ rank: 1, size: 2 }, ["GPU-8932f937"], "GPU-8932f937"), undefined);
});

test("processes that are shown one and the same GPU are an error that says how many they are", () => {
  assert.equal(ownGpu({ rank: 1, size: 2, alike: 1 }, ["3"], "3"), undefined);
  assert.throws(() => ownGpu({ rank: 1, size: 4, alike: 2 }, ["3"], "3"), {
    name: "GpuShareError",
    message:
      /process 1 of 4 .* expected CUDA_VISIBLE_DEVICES to show each process another, got 3 in 2 of them; give each/,
  });
});

test("shownGpu() is the UUID of the one device that the variable shows, where NVIDIA's tool tells it", () => {
  const gpus = () =>
    ["GPU-8932f937", "GPU-a1b2c3d4"].map((uuid, i) => ({ index: `${i}`, uuid, used: 0, limit: 1 }));
  assert.equal(shownGpu("1", gpus), "GPU-a1b2c3d4");
  assert.equal(shownGpu("GPU-a1b", gpus), "GPU-a1b2c3d4");
  assert.equal(
    shownGpu("1", () => []),
    "1",
  );
  for (const shown of [undefined, "", "0,1", "-1"]) assert.equal(shownGpu(shown, gpus), undefined);
});

test("cudaDevices() has those that the variable leaves, or all that NVIDIA's tool lists", () => {
  const list = () => four;
  assert.deepEqual(cudaDevices(undefined, list), four);
  assert.deepEqual(cudaDevices("2, GPU-8932f937", list), ["2", "GPU-8932f937"]);
  assert.deepEqual(cudaDevices("1,-1,2", list), ["1"]);
  assert.deepEqual(cudaDevices("", list), []);
});

test("WebGPU, whose adapter cannot be chosen, refuses several processes", () => {
  refuseOthers(undefined);
  refuseOthers({ rank: 0, size: 1 });
  assert.throws(() => refuseOthers({ rank: 1, size: 2 }), /process 1 of 2 .* got 2; start one a host/);
});

test("useEngine() does not go on to a slower engine where processes cannot have a GPU each", async () => {
  const shared: Engine = {
    ...{ name: "onnx", device: "cuda", trains: true },
    what: "a GPU",
    load: async ({ local }) => void ownGpu(local!, ["0"], undefined),
  };
  const plain: Engine = { ...shared, name: "cpu", device: "cpu", load: async () => {} };
  const engines = [shared, plain];
  await assert.rejects(useEngine(undefined, { engines, local: { rank: 0, size: 2 } }), GpuShareError);
});
