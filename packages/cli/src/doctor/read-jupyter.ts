import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** Whether notebooks can be opened here. */
export interface JupyterState {
  /** Version of JupyterLab, or of Jupyter's core where that is all there is; null without either. */
  readonly version: string | null;
  /** Names of the kernels that Jupyter finds. */
  readonly kernels: readonly string[];
}

/** Looks without leaving anything: `jupyter kernelspec list` would make folders in the home folder. */
export async function readJupyter(): Promise<JupyterState> {
  const [versions, paths] = await Promise.all([
    runTool("jupyter", ["--version"], { IPYTHONDIR: join(tmpdir(), "amface-ipython") }),
    runTool("jupyter", ["--paths", "--json"]),
  ]);
  const version = (name: string) => new RegExp(`^${name}\\s*: *(\\d\\S*)`, "m").exec(versions ?? "")?.[1];
  const { data = [] } = JSON.parse(paths ?? "{}") as { data?: string[] };
  return {
    version: version("jupyterlab") ?? version("jupyter_core") ?? null,
    kernels: [...new Set(data.flatMap(kernelsIn))].sort(),
  };
}

/** Names of the kernels below one of Jupyter's data folders. */
export function kernelsIn(folder: string): string[] {
  const kernels = join(folder, "kernels");
  if (!existsSync(kernels)) return [];
  return readdirSync(kernels).filter((name) => existsSync(join(kernels, name, "kernel.json")));
}
