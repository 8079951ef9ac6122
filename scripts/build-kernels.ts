/**
 * Compiles the WebAssembly text of @amface/data into the module that its sources carry:
 *
 *     bun scripts/build-kernels.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileKernels } from "../packages/data/test/kernels/compile-kernels.ts";

const folder = join(import.meta.dirname, "..", "packages", "data", "src", "kernels");
const binary = await compileKernels(readFileSync(join(folder, "kernels.wat"), "utf8"));
const lines = Buffer.from(binary)
  .toString("base64")
  .match(/.{1,100}/g)!;
writeFileSync(
  join(folder, "kernels-wasm.ts"),
  `/** \`kernels.wat\` as WebAssembly in base64, made by scripts/build-kernels.ts. */\nexport const KERNELS_WASM =\n  ${lines
    .map((line) => `"${line}"`)
    .join(" +\n  ")};\n`,
);
