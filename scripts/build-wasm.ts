/**
 * Compiles the packages' AssemblyScript (`wasm/*.ts`) into TypeScript that holds the modules in base64; with `--check`
 * only compares it with what is there. Needs npx, which fetches the compiler.
 *
 *     bun scripts/build-wasm.ts [--check]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COMPILER = "assemblyscript@0.28.20";
const PACKAGES = join(import.meta.dirname, "..", "packages");
const MODULES = [
  { source: "align/wasm/resample.ts", target: "align/src/warp/resample-wasm.ts", name: "RESAMPLE_WASM" },
  { source: "data/wasm/kernels.ts", target: "data/src/kernels/kernels-wasm.ts", name: "KERNELS_WASM" },
  {
    source: "images/wasm/png-filters.ts",
    target: "images/src/png-filters-wasm.ts",
    name: "PNG_FILTERS_WASM",
  },
];

for (const { source, target, name } of MODULES) {
  const folder = mkdtempSync(join(tmpdir(), "amface-wasm-"));
  const module = join(folder, "module.wasm");
  execFileSync(
    "npx",
    [
      ...["--yes", "-p", COMPILER, "asc", join(PACKAGES, source), "-o", module],
      ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="],
    ],
    { cwd: folder, stdio: ["ignore", "inherit", "inherit"] },
  );
  const base64 = readFileSync(module).toString("base64");
  rmSync(folder, { recursive: true });

  const lines = base64.match(/.{1,100}/g)!.map((line) => `  "${line}"`);
  const file = source.slice(source.indexOf("/") + 1);
  const text = `/** What scripts/build-wasm.ts makes of ${file} with ${COMPILER}, in base64. */
export const ${name} =
${lines.join(" +\n")};
`;
  const path = join(PACKAGES, target);
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`Cannot accept ${path}: expected what ${file} compiles to; run scripts/build-wasm.ts`);
    process.exitCode = 1;
  }
}
