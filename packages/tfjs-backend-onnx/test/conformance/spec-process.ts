import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpecReport } from "./jasmine-run.ts";

/** Runs TensorFlow.js's specs on a backend, in a process of their own: they take the backends apart. */
export async function runSpecs(backendName: string): Promise<SpecReport> {
  const folder = mkdtempSync(join(tmpdir(), "amface-specs-"));
  try {
    const file = join(folder, "report.json");
    const child = spawn(
      process.execPath,
      ["--conditions=@amface/source", join(import.meta.dirname, "run-specs.ts"), backendName, file],
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

/** Names of the specs that passed. */
export const passed = ({ specs }: SpecReport) =>
  Object.keys(specs).filter((name) => specs[name] === "passed");
