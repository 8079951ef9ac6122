import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { vulkanDriver } from "@amface/engine";

const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const skip = existsSync(DRIVER) ? false : `needs ${DRIVER}, of Debian's package chromium`;

test("a software driver is used where onnx:webgpu is asked for, and not chosen by default", { skip }, () => {
  const program = join(import.meta.dirname, "programs", "choose-engine.ts");
  const run = spawnSync(process.execPath, ["--conditions=@amface/source", program], {
    encoding: "utf8",
    timeout: 60_000,
    env: {
      ...process.env,
      ...{ ORT_DISABLE_TELEMETRY: "1", VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: "/usr/lib/chromium" },
    },
  });
  assert.equal(run.status, 0, run.stderr);
  const { asked, refused, byDefault } = JSON.parse(run.stdout.trim().split("\n").at(-1)!);
  assert.equal(asked, "onnx:webgpu");
  assert.match(refused, /SwiftShader.*slower than onnx:cpu.*--engine onnx:webgpu/);
  assert.notEqual(byDefault, "onnx:webgpu");
});

test("drivers are told apart by their libraries", () => {
  const names = [
    "/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so",
    "libGLX_nvidia.so.0",
    "/usr/lib/libvulkan_radeon.so",
  ];
  assert.deepEqual(
    names.map((name) => vulkanDriver(name)?.software),
    [true, false, false],
  );
  assert.equal(vulkanDriver("/usr/lib/libvulkan.so.1"), undefined);
});
