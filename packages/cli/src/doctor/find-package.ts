import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { resolve } = createRequire(import.meta.url);

/** The folder of an installed package, looked for as imports are, without running any of it. */
export function findPackage(name: string): string | undefined {
  return (resolve.paths(name) ?? [])
    .map((folder) => join(folder, name))
    .find((folder) => existsSync(join(folder, "package.json")));
}
