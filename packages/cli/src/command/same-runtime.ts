/** Program and arguments that run a file as this process was run. */
export const [program, ...programArgs] = process.versions.deno
  ? [process.execPath, "run", "-A"]
  : [process.execPath, ...process.execArgv];
