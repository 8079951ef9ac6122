import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { passed, runSpecs } from "./conformance/spec-process.ts";

/** Specs that pass on `cpu` and not on `onnx`, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "conformance", "exceptions.json"), "utf8"),
);

/** TensorFlow.js 4.22.0's specs that its backend `cpu` passes: fewer would mean that specs were lost on the way. */
const CPU_PASSES = 4227;

test("TensorFlow.js's own specs pass on onnx wherever they pass on cpu, but for a list of exceptions", {
  skip: process.versions.bun ? false : "bundles with Bun",
}, async () => {
  const [cpu, onnx] = await Promise.all([runSpecs("cpu"), runSpecs("onnx")]);
  const onCpu = passed(cpu);
  const failures = onCpu.filter((name) => onnx.specs[name] !== "passed");
  console.log(
    `conformance: cpu passes ${onCpu.length} specs and onnx ${onCpu.length - failures.length} of them, by ` +
      `${onnx.compilations} models; ${Object.keys(EXCEPTIONS).length} listed exceptions`,
  );
  const unlisted = failures.filter((name) => !(name in EXCEPTIONS));
  assert.deepEqual(
    unlisted.map((name) => `${name}: ${onnx.specs[name] ?? "did not run"}`),
    [],
  );
  const stale = Object.keys(EXCEPTIONS).filter((name) => !failures.includes(name));
  assert.deepEqual(stale, [], "exceptions that are none");
  assert.equal(onCpu.length, CPU_PASSES);
  assert.ok(onnx.compilations > 1000, "the specs ran on kernels of cpu");
});
