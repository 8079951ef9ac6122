import { COMMANDS, runProgram } from "../../src/mod.ts";

/** Runs a command in this process, with `--json`. */
export async function amface(...args: readonly string[]) {
  let [out, err] = ["", ""];
  const status = await runProgram(COMMANDS, [...args, "--json"], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, err, result: status === 0 ? JSON.parse(out) : undefined };
}
