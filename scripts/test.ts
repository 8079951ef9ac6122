/**
 * Runs the test suite from the packages' sources, under Bun or under the Deno that runs this, and ends with the line
 * `N passed, N failed, N skipped`. Arguments are folders and files of tests, under Bun also parts of their paths.
 *
 *     bun scripts/test.ts [packages/align test/end-to-end …]
 *     deno run -A scripts/test.ts [packages/align test/end-to-end.test.ts …]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTotals } from "./test-totals.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "amface-tests-"));
const report = join(folder, "junit.xml");
const reasons = join(folder, "skipped.txt");
const filters = process.argv.slice(2);
const paths = filters.length > 0 ? filters : ["./packages", "./test"];

const RUNNERS = {
  Bun: {
    compiler: ["x", "tsc", "-b"],
    // The preload gives tests five minutes; hooks take the limit from here. Two processes share the files: one alone
    // leaves a core idle for most of the time.
    test: [
      ...["test", "--timeout=300000", "--parallel=2", "--no-isolate"],
      ...["--reporter=junit", `--reporter-outfile=${report}`],
    ],
    env: {},
    groups: () => [paths],
  },
  Deno: {
    compiler: ["run", "-A", "npm:typescript/tsc", "-b"],
    test: [
      ...["test", "-A", "--no-check", "--v8-flags=--expose-gc", `--junit-path=${report}`],
      `--import-map=${join(import.meta.dirname, "deno-test-map.json")}`,
    ],
    // Bun takes the sources by tsconfig.base.json's paths.
    env: { DENO_CONDITIONS: "@amface/source" },
    // A process a file: a crash, as node-test-in-deno.ts tells of, ends that file alone, which is tried again.
    groups: () => paths.flatMap(testsIn).map((file) => [file]),
  },
};
const runner = process.versions.deno ? RUNNERS.Deno : RUNNERS.Bun;

function testsIn(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const files = readdirSync(join(root, path), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .sort()
    .map((file) => join(path, file));
}

function run(args: string[], env: Record<string, string> = {}, triesLeft = 2): number {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (error) console.error(String(error));
  if (signal) console.error(`Ended by ${signal}`);
  if (signal === "SIGSEGV" && process.versions.deno && triesLeft > 0) return run(args, env, triesLeft - 1);
  return status ?? 1;
}

// Some tests start the built packages in other runtimes. Where the build fails, they do; the rest can run.
if (run(runner.compiler) !== 0) console.error("The build has errors: tests of built packages may fail.");

const env = { ...runner.env, AMFACE_SKIP_REASONS: reasons, ORT_DISABLE_TELEMETRY: "1" };
const total = { passed: 0, failed: 0, skipped: 0 };
const problems: string[] = [];
for (const group of runner.groups()) {
  rmSync(report, { force: true });
  const status = run([...runner.test, ...group], env);
  const isPart = group !== paths;
  const totals = readTotals(existsSync(report) ? readFileSync(report, "utf8") : undefined, status, isPart);
  total.passed += totals.passed;
  total.failed += totals.failed;
  total.skipped += totals.skipped;
  if (totals.failed > 0 && isPart) problems.push(`${totals.failed} failed in ${group}`);
  if (totals.problem) problems.push(totals.problem);
}
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
if (problems.length > 0) console.log(`\n${problems.join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
