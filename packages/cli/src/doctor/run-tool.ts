import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program prints, or `undefined` where it is missing, fails or takes too long. */
export async function runTool(name: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(name, [...args], { timeout: 15_000 })).stdout;
  } catch {
    return undefined;
  }
}
