import { existsSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** Where Linux's loader would find each shared library: on `LD_LIBRARY_PATH`, or in its own cache; null where nowhere. */
export async function findLibraries(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string | null>> {
  const folders = (env.LD_LIBRARY_PATH ?? "").split(":").filter(Boolean);
  const cache = (await runTool("/sbin/ldconfig", ["-p"])) ?? (await runTool("ldconfig", ["-p"])) ?? "";
  const cached = new Map(
    [...cache.matchAll(/^\s*(\S+) \(.*\) => (.*)$/gm)].map(([, name, path]) => [name, path]),
  );
  const find = (name: string) =>
    folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? cached.get(name) ?? null;
  return Object.fromEntries(names.map((name) => [name, find(name)]));
}
