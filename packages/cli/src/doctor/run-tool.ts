import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program prints, or `undefined` where it is missing, fails or takes too long. */
export async function runTool(
  name: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  try {
    const env = { ...process.env, ...variables };
    return (await promisify(execFile)(name, [...args], { timeout: 15_000, env })).stdout;
  } catch {
    return undefined;
  }
}
