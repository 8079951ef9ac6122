#!/usr/bin/env node
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { NotebookError, runNotebook } from "./run-notebook.ts";

const USAGE = `Usage: node packages/notebook/dist/run.js FILE-OR-FOLDER… [--output-dir runs/notebooks]
         [--set NAME=VALUE]… [--timeout SECONDS]

Runs notebooks headless, one after the other, and writes executed copies.`;

/** Runs the notebooks named on the command line; gives the exit code: 0, 1 where one failed, 2 for a wrong call. */
async function main(args: string[]): Promise<number> {
  let call: ReturnType<typeof parseCall>;
  try {
    call = parseCall(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { files, ...options } = call;
  let failed = 0;
  for (const file of files) {
    try {
      const { seconds, cells } = await runNotebook(file, options);
      console.log(`${basename(file)}: passed, ${cells} cells, ${seconds.toFixed(1)} s`);
    } catch (error) {
      failed++;
      const known =
        error instanceof NotebookError || error instanceof RangeError || error instanceof TypeError;
      const text = known ? (error as Error).message : String(error);
      console.log(`${basename(file)}: FAILED\n${text}`);
    }
  }
  return failed > 0 ? 1 : 0;
}

function parseCall(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "output-dir": { type: "string", default: "runs/notebooks" },
      set: { type: "string", multiple: true, default: [] },
      timeout: { type: "string", default: "600" },
    },
  });
  if (positionals.length === 0) throw new RangeError("Cannot run notebooks: expected files, got none");
  const seconds = Number(values.timeout);
  if (!(seconds > 0)) {
    throw new RangeError(`Cannot run notebooks: expected --timeout in seconds, got ${values.timeout}`);
  }
  const parameters = values.set.map((setting) => {
    const equals = setting.indexOf("=");
    if (equals < 1) throw new RangeError(`Cannot run notebooks: expected --set NAME=VALUE, got ${setting}`);
    return [setting.slice(0, equals), setting.slice(equals + 1)];
  });
  return {
    files: positionals.flatMap(notebooksIn),
    outputDir: values["output-dir"],
    timeoutMs: seconds * 1000,
    parameters: Object.fromEntries(parameters) as Record<string, string>,
  };
}

/** The notebooks of a folder in the order of their names, or the file itself. */
function notebooksIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".ipynb"));
  if (names.length === 0)
    throw new RangeError(`Cannot run notebooks: expected .ipynb files in ${path}, got none`);
  return names.sort().map((name) => join(path, name));
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
