/**
 * Lints the packages as they would be published, with publint (fields and files of package.json) and attw (whether
 * types and code resolve alike). Fetches both; needs the built packages.
 *
 *     bun scripts/check-packages.ts
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packAll } from "./install-packed.ts";

const TOOLS = ["publint@0.3.25", "@arethetypeswrong/cli@0.18.5"];

const run = promisify(execFile);
const dir = await mkdtemp(join(tmpdir(), "amface-check-"));
try {
  const packed = await packAll(join(dir, "packed"));
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", dir, ...TOOLS]);
  const tool = (name: string) => join(dir, "node_modules", ".bin", name);
  for (const { name, tarball } of packed) {
    const checks = [
      run(tool("publint"), ["--strict", tarball]).then(({ stdout }) => {
        // Suggestions alone do not make it fail.
        if (!stdout.includes("All good!")) throw new Error(stdout);
      }),
      run(tool("attw"), ["--profile", "esm-only", "--format", "ascii", tarball]),
    ];
    for (const outcome of await Promise.allSettled(checks)) {
      if (outcome.status === "fulfilled") continue;
      process.exitCode = 1;
      const { stdout = "", stderr = "", message } = outcome.reason;
      console.error(stdout + stderr || message);
    }
    console.log(`${name}: checked`);
  }
} finally {
  await rm(dir, { recursive: true });
}
