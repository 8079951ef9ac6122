import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const LINE =
  /^npm install --ignore-scripts \.\.\/amface\/packed\/amface-(?:\{(.+)\}|([^{},]+))\.tgz(?: (.+))?$/gm;

/** The line of a README that installs packages from the folder in which a clone packed them. */
export interface ReadmeInstall {
  readonly line: string;
  /** Folders of the packages that it installs. */
  readonly packages: readonly string[];
  /** What else it installs, from the registry. */
  readonly others: readonly string[];
}

/** @param folder Of the package; without one, the line in the repository's own README. */
export function readmeInstall(folder?: string): ReadmeInstall {
  const path = join(ROOT, folder ? join("packages", folder) : "", "README.md");
  const found = [...readFileSync(path, "utf8").matchAll(LINE)];
  assert.equal(found.length, 1, `${path}: expected one line that installs, got ${found.length}`);
  const [line, several, one, others] = found[0];
  return { line, packages: several?.split(",") ?? [one], others: others?.split(" ") ?? [] };
}
