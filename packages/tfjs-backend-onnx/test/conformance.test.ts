import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { SpecReport } from "./conformance/run-specs.ts";

const FOLDER = join(import.meta.dirname, "conformance");

/** Specs that pass on `cpu` and not on `onnx`, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(FOLDER, "exceptions.json"), "utf8"),
);

/** TensorFlow.js 4.22.0's specs that its backend `cpu` passes: fewer would mean that specs were lost on the way. */
const CPU_PASSES = 4227;

/** Runs TensorFlow.js's specs on a backend, in a process of their own: they take the backends apart. */
async function runSpecs(backendName: string): Promise<SpecReport> {
  const folder = mkdtempSync(join(tmpdir(), "amface-specs-"));
  try {
    const file = join(folder, "report.json");
    const child = spawn(
      process.execPath,
      ["--conditions=@amface/source", join(FOLDER, "run-specs.ts"), backendName, file],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += data;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(status, 0, `the specs did not run on ${backendName}:\n${errors.slice(-2000)}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const passed = ({ specs }: SpecReport) => Object.keys(specs).filter((name) => specs[name] === "passed");

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
