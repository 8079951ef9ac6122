import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(import.meta.dirname, "..", "..", "packages");

/** What a package's README has for a browser. */
export interface BrowserExample {
  /** `page.ts` or, where it is JavaScript, `page.js`. */
  readonly file: string;
  readonly code: string;
  /** What is installed besides, by name. */
  readonly installs: Readonly<Record<string, string>>;
  /** Shell commands that copy files into `public`. */
  readonly copies: string;
}

/**
 * The program and the commands below "In a browser"; in a README without that section, its first program that reads and
 * writes no files.
 *
 * @param folder Of the package.
 */
export function browserExample(folder: string): BrowserExample {
  const readme = readFileSync(join(PACKAGES, folder, "README.md"), "utf8");
  const section = /^## In a browser\n(.*?)(?=^## )/ms.exec(readme)?.[1] ?? "";
  const programs = [...(section || readme).matchAll(/^```(js|ts|typescript)\n(.*?)^```$/gms)];
  const program = programs.find(([, , code]) => !code.includes('from "node:'));
  assert.ok(program, `${folder}/README.md: expected a program for a browser`);
  const commands = (/^```sh\n(.*?)^```$/ms.exec(section)?.[1] ?? "").split("\n");
  const isInstall = (line: string) => line.startsWith("npm install ");
  const installed = commands.filter(isInstall);
  return {
    file: program[1] === "js" ? "page.js" : "page.ts",
    code: program[2],
    installs: Object.fromEntries(
      installed.flatMap((line) => line.split(" ").slice(2)).map((what) => what.split(/(?<=.)@/)),
    ),
    copies: commands.filter((line) => !isInstall(line)).join("\n"),
  };
}
