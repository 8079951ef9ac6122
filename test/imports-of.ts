import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a module, and every module of the same package behind it, names in static imports and exports; types too. */
export function importsOf(path: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(path)) return seen;
  const names = [...readFileSync(path, "utf8").matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
  seen.set(path, names);
  for (const name of names) if (name.startsWith(".")) importsOf(join(dirname(path), name), seen);
  return seen;
}
