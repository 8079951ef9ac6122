import { runTool } from "./run-tool.ts";

/** Whether notebooks can be opened here. */
export interface JupyterState {
  /** Version of JupyterLab, or of Jupyter's core where that is all there is; null without either. */
  readonly version: string | null;
  /** Names of the kernels that Jupyter finds. */
  readonly kernels: readonly string[];
}

export async function readJupyter(): Promise<JupyterState> {
  const [versions, list] = await Promise.all([
    runTool("jupyter", ["--version"]),
    runTool("jupyter", ["kernelspec", "list", "--json"]),
  ]);
  const version = (name: string) => new RegExp(`^${name}\\s*: *(\\d\\S*)`, "m").exec(versions ?? "")?.[1];
  const { kernelspecs = {} } = JSON.parse(list ?? "{}") as { kernelspecs?: Record<string, unknown> };
  return {
    version: version("jupyterlab") ?? version("jupyter_core") ?? null,
    kernels: Object.keys(kernelspecs).sort(),
  };
}
