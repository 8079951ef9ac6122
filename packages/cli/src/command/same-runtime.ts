import { extname, join } from "node:path";

/** The file of the program `amface`. */
export const MAIN = join(import.meta.dirname, "..", `main${extname(import.meta.filename)}`);

/** Program and arguments that run a file as this process was run. */
export const [program, ...programArgs] = process.versions.deno
  ? [process.execPath, "run", "-A"]
  : [process.execPath, ...process.execArgv];
