/**
 * Builds the API pages from the docstrings into `docs/api`, and fails where a docstring does not fit what it describes.
 * TypeDoc needs a TypeScript older than the repository's, so both are installed beside it, in `node_modules/.cache`.
 *
 *     bun scripts/build-docs.ts
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const TOOLS = join(ROOT, "node_modules", ".cache", "docs");
const TYPEDOC = join(TOOLS, "node_modules", "typedoc", "bin", "typedoc");

if (!existsSync(TYPEDOC)) {
  mkdirSync(TOOLS, { recursive: true });
  const packages = ["typedoc@0.28.20", "typescript@5.9.3"];
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", TOOLS, ...packages], {
    stdio: "inherit",
  });
}
execFileSync("node", [TYPEDOC], { cwd: ROOT, stdio: "inherit" });
