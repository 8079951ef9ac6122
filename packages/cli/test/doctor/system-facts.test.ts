import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { findLibraries } from "../../src/doctor/find-libraries.ts";
import { parseNvidia } from "../../src/doctor/list-gpus.ts";
import { kernelsIn } from "../../src/doctor/read-jupyter.ts";
import { readPeers } from "../../src/doctor/read-peers.ts";
import { readVulkanDrivers } from "../../src/doctor/read-vulkan-drivers.ts";
import { NVIDIA } from "./made-up-facts.ts";

const folder = await mkdtemp(join(tmpdir(), "amface-doctor-"));
after(() => rm(folder, { recursive: true }));

async function file(path: string, text = ""): Promise<string> {
  const full = join(folder, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  return full;
}

test("readPeers() sees how far a peer's install script came", async () => {
  const find = (name: string) => (name.endsWith("-gpu") ? undefined : join(folder, "peer"));
  await file("peer/package.json", '{ "version": "4.22.0" }');
  const state = () =>
    readPeers(find).map(({ version, native, libtensorflow }) => [version, native, libtensorflow]);
  assert.deepEqual(state(), [
    [null, false, false],
    ["4.22.0", false, false],
  ]);
  await file("peer/lib/napi-v8/tfjs_binding.node");
  assert.deepEqual(state()[1], ["4.22.0", true, false]);
  await file("peer/deps/lib/libtensorflow.so.2");
  assert.deepEqual(state()[1], ["4.22.0", true, true]);
});

test("readVulkanDrivers() reads descriptions, and leaves out drivers whose library is gone", async () => {
  const describe = (library: string) =>
    JSON.stringify({ ICD: { library_path: library, api_version: "1.3.255" } });
  await file("icd/a.json", describe("libGLX_nvidia.so.0"));
  await file("icd/b.json", describe("./libvk_swiftshader.so"));
  await file("icd/c.json", describe("/nowhere/libvulkan_radeon.so"));
  await file("icd/d.json", "{ not JSON");
  const read = (env = {}) =>
    readVulkanDrivers(env, [join(folder, "icd"), join(folder, "none")]).map(({ name, software }) => [
      name,
      software,
    ]);
  assert.deepEqual(read(), [["NVIDIA", false]]);
  await file("icd/libvk_swiftshader.so");
  assert.deepEqual(read(), [
    ["NVIDIA", false],
    ["SwiftShader", true],
  ]);
  assert.deepEqual(read({ VK_ICD_FILENAMES: join(folder, "icd/b.json") }), [["SwiftShader", true]]);
});

test("findLibraries() looks on LD_LIBRARY_PATH first", {
  skip: process.platform !== "linux" && "needs Linux",
}, async () => {
  const path = await file("lib/libcudnn.so.9");
  const found = await findLibraries(["libcudnn.so.9", "libnothing.so.1"], { LD_LIBRARY_PATH: dirname(path) });
  assert.deepEqual(found, { "libcudnn.so.9": path, "libnothing.so.1": null });
});

test("kernelsIn() names the kernels that have a description", async () => {
  await file("jupyter/kernels/tslab/kernel.json");
  await file("jupyter/kernels/broken/readme.txt");
  assert.deepEqual(kernelsIn(join(folder, "jupyter")), ["tslab"]);
  assert.deepEqual(kernelsIn(join(folder, "no-jupyter")), []);
});

test("parseNvidia() reads nvidia-smi's table", () => {
  assert.deepEqual(parseNvidia("NVIDIA RTX A4000, 550.54.14, 16376, 15000, 8.6\n"), [NVIDIA]);
  assert.deepEqual(parseNvidia("No devices were found\n"), []);
});
