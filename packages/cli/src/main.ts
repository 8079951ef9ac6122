#!/usr/bin/env node
import { runProgram } from "./command/run-command.ts";
import { COMMANDS } from "./commands.ts";

const abort = new AbortController();
const stop = (status: number) => () => {
  if (abort.signal.aborted) process.exit(status);
  process.stderr.write("\nStopping; what is finished is kept. Press Ctrl-C again to stop at once.\n");
  abort.abort();
};
process.on("SIGINT", stop(130));
process.on("SIGTERM", stop(143));
// The signal that mpirun passes on without a time limit.
if (process.platform !== "win32") process.on("SIGUSR2", stop(140));
// A reader that closes early (`amface … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`amface: Cannot write to standard output: ${error.message}\n`);
  process.exit(1);
});
// With nowhere left to complain, the work still goes on and the exit status still tells how it ended.
process.stderr.on("error", () => {});

process.exitCode = await runProgram(COMMANDS, process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
});
