import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..", "shared", "data");

/** Path of a file or folder beside the repository, in `../shared/data`, or `undefined` where it is absent. */
export function sharedData(...parts: string[]): string | undefined {
  const path = join(ROOT, ...parts);
  return existsSync(path) ? path : undefined;
}
