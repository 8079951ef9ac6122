import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

export interface StartJupyterOptions {
  /** Folder whose notebooks Jupyter lists; default the working folder. */
  readonly folder?: string;
  /** Which of Jupyter's programs; default `notebook`. */
  readonly app?: "notebook" | "lab";
  /** Further arguments of that program, such as `--no-browser`. */
  readonly args?: readonly string[];
  /** Where its messages go; default this process's own output. */
  readonly stdio?: "inherit" | "pipe";
}

/** Jupyter, or the one of its programs that was asked for, is not installed. */
export class JupyterMissingError extends Error {
  override name = "JupyterMissingError";
}

/** What Jupyter finds of this package: the kernel, and what draws figures in Jupyter Notebook up to 6. */
const JUPYTER = join(import.meta.dirname, "..", "jupyter");

/**
 * The environment in which any of Jupyter's programs finds the TypeScript kernel, as this package runs it: `jupyter
 * nbconvert` too. Folders that the variables name already stay, behind.
 */
export function jupyterEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const before = (folder: string, rest: string | undefined) => (rest ? folder + delimiter + rest : folder);
  return {
    ...environment,
    JUPYTER_PATH: before(JUPYTER, environment.JUPYTER_PATH),
    JUPYTER_CONFIG_PATH: before(join(JUPYTER, "config"), environment.JUPYTER_CONFIG_PATH),
  };
}

/**
 * Starts Jupyter with the TypeScript kernel. Figures are interactive in Jupyter Notebook up to 6; JupyterLab and later
 * notebooks show their pictures unless they have an extension for plotly.js's figures.
 *
 * @returns Jupyter's process, once it runs.
 * @throws {JupyterMissingError} Where it is not installed, with how to get it.
 */
export async function startJupyter(
  environment: NodeJS.ProcessEnv,
  { folder = ".", app = "notebook", args = [], stdio = "inherit" }: StartJupyterOptions = {},
): Promise<ChildProcess> {
  const figures = ["basic", "gl3d"].map((name) => {
    const bundle = createRequire(import.meta.url).resolve(`plotly.js-${name}-dist-min`);
    return `--NotebookApp.extra_nbextensions_path=${dirname(bundle)}`;
  });
  const child = spawn(
    `jupyter-${app}`,
    [`--notebook-dir=${folder}`, ...(app === "notebook" ? figures : []), ...args],
    { env: jupyterEnvironment(environment), stdio },
  );
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(missing(app, cause)));
  });
  return child;
}

function missing(app: string, cause: NodeJS.ErrnoException): Error {
  const got = cause.code === "ENOENT" ? "none" : cause.message;
  const debian = app === "notebook" ? "apt install jupyter-notebook, or " : "";
  const pip = app === "notebook" ? "notebook" : "jupyterlab";
  return new JupyterMissingError(
    `Cannot start Jupyter: expected jupyter-${app} on the path, got ${got}; install it: ` +
      `${debian}pip install ${pip}`,
    { cause },
  );
}
