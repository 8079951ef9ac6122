import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { type Device, type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../../test/slow.ts";
import { SWIFTSHADER, skipWithoutDriver } from "../../swiftshader.ts";

/** Runs the training program; drivers are chosen by variables that must be set before the process starts. */
function trainOn(devices: readonly Device[], env: Record<string, string>) {
  const program = join(import.meta.dirname, "..", "..", "programs", "train-on-devices.ts");
  return spawnSync(process.execPath, ["--conditions=@amface/source", program, ...devices], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ...env },
  });
}

interface Run {
  readonly losses: number[];
  readonly tensors: number[];
  readonly compilations: number;
  readonly values: number[][];
  readonly onDevice: { before: number; after: number };
  readonly elsewhere: number[];
  readonly head: number[];
  readonly growth: number;
}

test("training on webgpu gives the cpu's numbers, and weights and slots stay on the device", {
  skip: skipWithoutDriver || (!slow() && "slow: run with AMFACE_SLOW=1"),
}, () => {
  const { status, stdout, stderr } = trainOn(["cpu", "webgpu"], SWIFTSHADER);
  assert.equal(status, 0, stderr);
  const { cpu, webgpu } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<"cpu" | "webgpu", Run>;
  agree(webgpu.losses, cpu.losses, "losses");
  assert.equal(webgpu.values.length, cpu.values.length);
  for (const [i, values] of cpu.values.entries()) agree(webgpu.values[i], values, `weight or slot ${i}`);
  assert.deepEqual(cpu.onDevice, { before: 0, after: 0 });
  assert.deepEqual(webgpu.onDevice, { before: webgpu.values.length, after: webgpu.values.length });
  agree(webgpu.elsewhere, webgpu.head, "a tensor of webgpu used on the cpu");
  for (const run of [cpu, webgpu]) {
    assert.equal(run.compilations, 2); // the first step makes the slots
    assert.ok(run.tensors.every((count) => count === run.tensors[0]));
    assert.ok(run.growth < 100, `60 values of 4 MB, all but one disposed, took ${run.growth} MB`);
  }
});

/** float32 sums of other orders: to 1e-4 of the largest value. Biases before batch normalisation are all noise. */
function agree(actual: number[], expected: number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...expected.map((value, i) => Math.abs(actual[i] - value)));
  assert.ok(
    difference <= 1e-4 * largest + 1e-6,
    `${what} differ by ${difference}, the largest is ${largest}`,
  );
}

interface LongRun {
  readonly samples: {
    readonly rss: number;
    readonly tensors: number;
    readonly models: number;
    readonly onDevice: number;
  }[];
  readonly weights: number;
}

test("200 steps on webgpu take no more memory, tensors or models than 50", {
  skip: skipWithoutDriver || (slow() ? false : "slow: run with AMFACE_SLOW=1"),
}, () => {
  const program = join(import.meta.dirname, "..", "..", "programs", "long-run.ts");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@amface/source", program, "webgpu", "200"],
    {
      encoding: "utf8",
      timeout: 240_000,
      env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ...SWIFTSHADER },
    },
  );
  assert.equal(status, 0, stderr);
  const { samples, weights } = JSON.parse(stdout.trim().split("\n").at(-1)!) as LongRun;
  const [early, late] = [samples[1], samples.at(-1)!];
  assert.ok(
    late.rss - early.rss < 40,
    `${late.rss - early.rss} MB more; a step makes 0.5 MB of weights and slots`,
  );
  for (const { tensors, models, onDevice } of samples) {
    assert.deepEqual([tensors, models, onDevice], [early.tensors, early.models, weights]);
  }
});

const notLinux = process.platform === "linux" ? false : "needs Linux, where drivers are found by variables";

test("setDevice('webgpu') without a driver says what to install", { skip: notLinux }, () => {
  const { status, stderr } = trainOn(["webgpu"], { VK_ICD_FILENAMES: "/nonexistent.json" });
  assert.notEqual(status, 0);
  assert.match(
    stderr,
    /Cannot use device webgpu: expected a graphics adapter, got: .*No supported adapters; /,
  );
  assert.match(stderr, /libvulkan1.*mesa-vulkan-drivers.*chromium.*VK_ICD_FILENAMES/);
});

test("setDevice('cuda') without its provider says what to install, and leaves the device as it was", async () => {
  await tf.setBackend("onnx");
  try {
    setDevice("cuda");
  } catch (error) {
    assert.match(
      (error as Error).message,
      /Cannot use device cuda: .*CUDA 12 and cuDNN 9.*ONNXRUNTIME_NODE_INSTALL=cuda12/s,
    );
    assert.equal((tf.backend() as OnnxBackend).device, "cpu");
    return;
  }
  assert.equal((tf.backend() as OnnxBackend).device, "cuda");
  assert.deepEqual([...tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync()], [3]);
  setDevice("cpu");
});

test("setDevice() of a device that does not exist names those that do", () => {
  assert.throws(() => setDevice("gpu" as Device), /Cannot use device gpu: expected one of cpu, webgpu, cuda/);
});
