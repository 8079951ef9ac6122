import { existsSync } from "node:fs";
import { join } from "node:path";

/** A folder that comes with amface: beside the built package, or at the root of the repository. */
export function ownFolder(name: string): string | undefined {
  const candidates = ["../..", "../../../.."].map((path) => join(import.meta.dirname, path, name));
  return candidates.find((dir) => existsSync(dir));
}
