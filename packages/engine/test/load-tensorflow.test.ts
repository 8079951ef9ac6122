import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { addOldUtilities, loadTensorflow, memoryForOthers } from "../src/load-tensorflow.ts";

const folder = await mkdtemp(join(tmpdir(), "amface-peers-"));
after(() => rm(folder, { recursive: true }));

/** Loads a package that behaves as a half-installed tfjs-node does: `body` is what its main file runs. */
async function load(name: string, body: string, device: "gpu" | "cpu" = "gpu"): Promise<string> {
  const file = join(folder, name, "index.cjs");
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(file, body);
  const importModule = () => import(pathToFileURL(file).href);
  return loadTensorflow(device, { importModule }).then(
    () => "no error",
    (error: Error) => error.message,
  );
}

const throws = (message: string) => `throw new Error(${JSON.stringify(message)});`;

test("a peer that is not installed is told from one that is broken", async () => {
  const importModule = (name: string) =>
    Promise.reject(new Error(`Cannot find package '${name}' imported from /x/load-tensorflow.js`));
  await assert.rejects(
    loadTensorflow("gpu", { importModule }),
    /expected @tensorflow\/tfjs-node-gpu, which is not installed; install it with: bun add --trust/,
  );
});

test("a peer without its native part says so and how to get it", async () => {
  const message =
    "The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/lib/napi-v8/tfjs_binding.node. \nPlease run";
  assert.match(
    await load("no-binding", throws(message)),
    /without its native part.*bun pm trust @tensorflow\/tfjs-node-gpu, or npm rebuild @tensorflow\/tfjs-node-gpu$/,
  );
});

test("a peer without libtensorflow says that its download broke off", async () => {
  const message = "libtensorflow.so.2: cannot open shared object file: No such file or directory";
  assert.match(
    await load("no-library", throws(message), "cpu"),
    /without libtensorflow.*npm rebuild @tensorflow\/tfjs-node$/,
  );
});

test("a native part that was made for another Node or another system gives each its remedy", async () => {
  const abi = "was compiled against a different Node.js version using NODE_MODULE_VERSION 93.";
  assert.match(await load("abi", throws(abi)), /made for another Node than v\d.*npm rebuild/);
  const system = "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found";
  assert.match(await load("glibc", throws(system)), /made for another system than .*remove node_modules/);
});

test("TensorFlow that finds no GPU names the versions of CUDA and cuDNN that it takes", async () => {
  assert.match(await load("works", ""), /expected a CUDA device.*450\.80.*CUDA 11\.2.*cuDNN 8\.1/);
});

test("node:util gets back what tfjs-node calls and Node 23 removed, and keeps what it has", () => {
  const kept = () => true;
  const util: Record<string, unknown> = { isArray: kept };
  addOldUtilities(util);
  const isNullOrUndefined = util.isNullOrUndefined as (value: unknown) => boolean;
  assert.deepEqual([null, undefined, 0, ""].map(isNullOrUndefined), [true, true, false, false]);
  assert.equal(util.isArray, kept);
});

test("a share of the GPU's memory becomes what is left to others, and shares outside (0, 1] are refused", async () => {
  assert.equal(memoryForOthers(0.75, 16_384), 4096);
  assert.equal(memoryForOthers(1, 16_384), 0);
  for (const gpuMemory of [0, 1.5, Number.NaN]) {
    await assert.rejects(loadTensorflow("gpu", { gpuMemory }), RangeError);
  }
});
