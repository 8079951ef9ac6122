import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

const PACKAGE = join(import.meta.dirname, "..", "..", "..");
const { resolve } = createRequire(import.meta.url);

const PROGRAM = `
import { OrtUnavailableError, setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
await tf.setBackend("onnx");
const caught = [];
for (const use of [() => tf.neg(tf.tensor1d([1])).dataSync(), () => setDevice("cuda")]) {
  try { use(); } catch (error) { caught.push(error instanceof OrtUnavailableError, error.message); }
}
console.log(JSON.stringify(caught));
`;

let folder: string;

const skip = process.versions.deno ? "finds the packages to copy as Bun does" : false;

/** A copy of this package, with its dependencies but without onnxruntime-node. */
before(() => {
  if (skip) return;
  folder = realpathSync(mkdtempSync(join(tmpdir(), "amface-ort-")));
  const modules = join(folder, "node_modules");
  const copy = join(modules, "@amface", "tfjs-backend-onnx");
  mkdirSync(join(modules, "@tensorflow"), { recursive: true });
  for (const part of ["src", "package.json"])
    cpSync(join(PACKAGE, part), join(copy, part), { recursive: true });
  for (const name of [
    "@tensorflow/tfjs-core",
    "@tensorflow/tfjs-backend-cpu",
    "onnxruntime-common",
    "protobufjs",
  ]) {
    symlinkSync(dirname(resolve(`${name}/package.json`)), join(modules, name), "junction");
  }
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
});

after(() => skip || rmSync(folder, { recursive: true }));

/** What the program catches beside an onnxruntime-node whose `dist/binding.js` is this; without one, if it is left out. */
function caughtBeside(binding?: string): unknown[] {
  const module = join(folder, "node_modules", "onnxruntime-node");
  rmSync(module, { recursive: true, force: true });
  if (binding !== undefined) {
    mkdirSync(join(module, "dist"), { recursive: true });
    writeFileSync(join(module, "package.json"), `{ "name": "onnxruntime-node", "version": "9.8.7" }`);
    writeFileSync(join(module, "dist", "binding.js"), binding);
  }
  const args = ["--conditions=@amface/source", join(folder, "program.mjs")];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 60_000,
    cwd: folder,
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const LOADS =
  /^Cannot load ONNX Runtime: expected onnxruntime-node 1\.30\.0 with its native library for \w+ \w+, got: /;
const DIFFERS =
  /^Cannot use onnxruntime-node 9\.8\.7: expected version 1\.30\.0, whose native sessions run at once /;
const session = (methods: string) => `
exports.initOrt = () => {};
exports.binding = { InferenceSession: class { ${methods} dispose() {} }, listSupportedBackends: () => [] };`;

const BROKEN: [string, string | undefined, RegExp][] = [
  ["is missing", undefined, LOADS],
  ["has no native library for this machine", `require("../bin/binding.node");`, LOADS],
  ["has lost its synchronous session", "exports.initOrt = () => {}; exports.binding = {};", DIFFERS],
  ["runs asynchronously", session("async loadModel() {} async run() {}"), DIFFERS],
  ["ignores the memory for its results", session("loadModel() {} run() { return {}; }"), DIFFERS],
  ["takes other arguments", session("loadModel() { throw new TypeError('other arguments'); }"), DIFFERS],
];

for (const [what, binding, message] of BROKEN) {
  test(`an onnxruntime-node that ${what} is reported with the version that works`, { skip }, () => {
    const [known, text, knownAgain, textAgain] = caughtBeside(binding);
    assert.deepEqual([known, knownAgain], [true, true]);
    assert.match(text as string, message);
    assert.match(text as string, /; install it with: npm install onnxruntime-node@1\.30\.0$/);
    assert.equal(textAgain, text);
  });
}
