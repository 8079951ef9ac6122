import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { placePlotly } from "./place-plotly.ts";

export interface StartJupyterOptions {
  /** Folder whose notebooks Jupyter lists; default the working folder. */
  readonly folder?: string;
  /** Which of Jupyter's programs; default JupyterLab, or Notebook where only that is installed. */
  readonly app?: "lab" | "notebook";
  /** `deno` offers Deno's own kernel too, which otherwise `deno jupyter --install` makes known to Jupyter. */
  readonly kernel?: "tslab" | "deno";
  /** Further arguments of that program, such as `--no-browser`. */
  readonly args?: readonly string[];
  /** Where its messages go; default this process's own output. */
  readonly stdio?: "inherit" | "pipe";
}

/** Jupyter, or the one of its programs that was asked for, is not installed. */
export class JupyterMissingError extends Error {
  override name = "JupyterMissingError";
}

/** What Jupyter finds of this package: the kernel, and the extension that draws figures. */
const JUPYTER = join(import.meta.dirname, "..", "jupyter");

/**
 * The environment in which any of Jupyter's programs finds the TypeScript kernel, as this package runs it: `jupyter
 * nbconvert` too; with `deno`, Deno's own kernel as well. Folders that `JUPYTER_PATH` names already stay, behind.
 */
export function jupyterEnvironment(
  environment: NodeJS.ProcessEnv,
  kernel: "tslab" | "deno" = "tslab",
): NodeJS.ProcessEnv {
  const folders = [JUPYTER, ...(kernel === "deno" ? [join(JUPYTER, "deno")] : []), environment.JUPYTER_PATH];
  return { ...environment, JUPYTER_PATH: folders.filter(Boolean).join(delimiter) };
}

/**
 * Starts Jupyter with the TypeScript kernel. Figures are interactive in JupyterLab and in Notebook 7; Notebook 6 shows
 * their pictures.
 *
 * @returns Jupyter's process, once it runs.
 * @throws {JupyterMissingError} Where it is not installed, with how to get it.
 */
export async function startJupyter(
  environment: NodeJS.ProcessEnv,
  { folder = ".", app, kernel, args = [], stdio = "inherit" }: StartJupyterOptions = {},
): Promise<ChildProcess> {
  await placePlotly();
  const programs = (app === undefined ? ["lab", "notebook"] : [app]).map((name) => `jupyter-${name}`);
  for (const program of programs) {
    const child = spawn(program, [`--notebook-dir=${folder}`, ...args], {
      env: jupyterEnvironment(environment, kernel),
      stdio,
    });
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      child.once("spawn", () => resolve(undefined));
      child.once("error", resolve);
    });
    if (failure === undefined) return child;
    if (failure.code !== "ENOENT") throw missing(program, failure.message);
  }
  throw missing(programs.join(" or "), "none", app);
}

function missing(program: string, got: string, app = "lab"): JupyterMissingError {
  const name = app === "lab" ? "jupyterlab" : "notebook";
  return new JupyterMissingError(
    `Cannot start Jupyter: expected ${program} on the path, got ${got}; install it: pip install ${name}, in a ` +
      `virtual environment where pip asks for one (python3 -m venv .jupyter && .jupyter/bin/pip install ${name} && ` +
      "export PATH=$PWD/.jupyter/bin:$PATH)",
  );
}
