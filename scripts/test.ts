/**
 * Runs the test suite under Bun from the packages' sources and ends with the line
 * `N passed, N failed, N skipped`. Arguments are paths or parts of paths of test files.
 *
 *     bun scripts/test.ts [packages/align test/end-to-end …]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTotals } from "./test-totals.ts";

const root = join(import.meta.dirname, "..");
const filters = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "amface-tests-"));
const report = join(folder, "junit.xml");
const reasons = join(folder, "skipped.txt");

function run(args: string[], env: Record<string, string> = {}): number {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (error) console.error(String(error));
  if (signal) console.error(`Ended by ${signal}`);
  return status ?? 1;
}

// Some tests start the built packages in other runtimes. Where the build fails, they do; the rest can run.
if (run(["x", "tsc", "-b"]) !== 0) console.error("The build has errors: tests of built packages may fail.");

const status = run(
  [
    "test",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...(filters.length > 0 ? filters : ["./packages", "./test"]),
  ],
  { AMFACE_SKIP_REASONS: reasons, ORT_DISABLE_TELEMETRY: "1" },
);
const { passed, failed, skipped, problem } = readTotals(
  existsSync(report) ? readFileSync(report, "utf8") : undefined,
  status,
);
if (existsSync(reasons)) {
  const lines = readFileSync(reasons, "utf8").trimEnd().split("\n");
  console.log(
    `\nSkipped:\n${[...new Set(lines)]
      .sort()
      .map((line) => `  ${line}`)
      .join("\n")}`,
  );
}
rmSync(folder, { recursive: true });
if (problem) console.log(`\n${problem}`);
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
