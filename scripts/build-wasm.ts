/**
 * Compiles packages/align/wasm/resample.ts, which is AssemblyScript, into packages/align/src/resample-wasm.ts; with
 * `--check` only compares it with what is there. Needs npx, which fetches the compiler.
 *
 *     bun scripts/build-wasm.ts [--check]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COMPILER = "assemblyscript@0.28.20";
const PACKAGE = join(import.meta.dirname, "..", "packages", "align");
const TARGET = join(PACKAGE, "src", "resample-wasm.ts");

const folder = mkdtempSync(join(tmpdir(), "amface-wasm-"));
const module = join(folder, "resample.wasm");
execFileSync(
  "npx",
  [
    ...["--yes", "-p", COMPILER, "asc", join(PACKAGE, "wasm", "resample.ts"), "-o", module],
    ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="],
  ],
  { cwd: folder, stdio: ["ignore", "inherit", "inherit"] },
);
const base64 = readFileSync(module).toString("base64");
rmSync(folder, { recursive: true });

const lines = base64.match(/.{1,100}/g)!.map((line) => `  "${line}"`);
const source = `/** What scripts/build-wasm.ts makes of wasm/resample.ts with ${COMPILER}, in base64. */
export const RESAMPLE_WASM =
${lines.join(" +\n")};
`;
if (!process.argv.includes("--check")) {
  writeFileSync(TARGET, source);
} else if (readFileSync(TARGET, "utf8") !== source) {
  console.error(
    `Cannot accept ${TARGET}: expected what wasm/resample.ts compiles to; run scripts/build-wasm.ts`,
  );
  process.exitCode = 1;
}
