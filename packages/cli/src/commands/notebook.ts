import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { JupyterMissingError, NotebookError, runNotebook, startJupyter } from "@amface/notebook";
import { defineCommand, UsageError } from "../command/command.ts";
import { integer, number, oneOf } from "../command/parse.ts";

/** What became of a notebook. */
interface Outcome {
  readonly notebook: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** The executed copy; absent where nothing ran. */
  readonly output?: string;
  /** Cell and traceback of a failure. */
  readonly error?: string;
}

const options = {
  set: { value: "NAME=VALUE", help: "value of a parameter; may come several times", multiple: true },
  "output-dir": { value: "DIR", help: "folder of the executed copies", default: "runs/notebooks" },
  kernel: {
    value: "KERNEL",
    help: "tslab, which needs Node, or deno, Deno's own; start offers it beside tslab",
    parse: oneOf("tslab", "deno"),
    default: "tslab",
  },
  timeout: { value: "SECONDS", help: "time limit of each notebook", parse: number(0), default: "600" },
  app: {
    value: "APP",
    help: "lab or notebook [lab, or notebook without it]",
    parse: oneOf("lab", "notebook"),
  },
  port: { value: "PORT", help: "Jupyter's port [8888 or the next that is free]", parse: integer(1) },
  "no-browser": { help: "start Jupyter without opening a browser" },
} as const;

export const notebook = defineCommand({
  positionals: {
    label: "run FILE-OR-FOLDER… | start [FOLDER] [-- JUPYTER'S OPTIONS]",
    min: 1,
    max: Number.POSITIVE_INFINITY,
  },
  options,
  examples: [
    "amface notebook run notebooks/*.ipynb --set steps=50 --output-dir runs/notebooks",
    "amface notebook run notebooks --kernel deno",
    "amface notebook start notebooks -- --allow-root",
  ],
  async run(values, [action, ...paths], { reporter, signal }): Promise<readonly Outcome[]> {
    if (action === "start") {
      await start(paths, values, signal);
      return [];
    }
    if (action !== "run") throw new UsageError(`Cannot do ${action}: expected run or start`);
    if (paths.length === 0) throw new UsageError("Cannot run notebooks: expected files or folders, got none");
    const parameters = Object.fromEntries(values.set.map(setting));
    const outcomes: Outcome[] = [];
    for (const file of paths.flatMap(notebooksIn)) {
      signal.throwIfAborted();
      reporter.say(`${file} …`);
      outcomes.push(await runOne(file, parameters, values));
    }
    return outcomes;
  },
  render: (outcomes) => outcomes.map(line).join("\n"),
  fails: (outcomes) => outcomes.some(({ passed }) => !passed),
});

async function runOne(
  file: string,
  parameters: Readonly<Record<string, string>>,
  values: { "output-dir": string; timeout: number; kernel: "tslab" | "deno" },
): Promise<Outcome> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const { "output-dir": outputDir, timeout, kernel } = values;
    const { output } = await runNotebook(file, { parameters, outputDir, timeoutMs: timeout * 1000, kernel });
    return { notebook: file, passed: true, seconds: seconds(), output };
  } catch (error) {
    // A parameter that the notebook does not have, or has with another type.
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new UsageError(`${error.message} (${file})`, { cause: error });
    }
    const output = error instanceof NotebookError ? { output: error.output } : {};
    return {
      ...{ notebook: file, passed: false, seconds: seconds() },
      ...output,
      error: (error as Error).message,
    };
  }
}

const line = ({ notebook, passed, seconds, output, error }: Outcome) =>
  passed
    ? `passed  ${notebook}  ${seconds.toFixed(1)} s  ${output}`
    : `FAILED  ${notebook}  ${seconds.toFixed(1)} s  ${output ?? ""}\n${error}`;

function setting(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`Cannot take --set: expected NAME=VALUE, got ${text}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The notebooks of a folder in the order of their names, or the file itself. */
function notebooksIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".ipynb"));
  if (names.length === 0) {
    throw new UsageError(`Cannot run notebooks: expected .ipynb files in ${path}, got none`);
  }
  return names.sort().map((name) => join(path, name));
}

/** Runs Jupyter until it ends or Ctrl-C. */
async function start(
  positionals: readonly string[],
  {
    app,
    kernel,
    port,
    "no-browser": hidden,
  }: { app?: "lab" | "notebook"; kernel: "tslab" | "deno"; port?: number; "no-browser": boolean },
  signal: AbortSignal,
): Promise<void> {
  const isOption = (text: string) => text.startsWith("-");
  const [folder = ".", ...more] = positionals.filter((text) => !isOption(text));
  if (more.length > 0)
    throw new UsageError(`Cannot start Jupyter: expected one folder, got ${more.join(" ")} too`);
  const args = [
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(hidden ? ["--no-browser"] : []),
    ...positionals.filter(isOption),
  ];
  const jupyter = await startJupyter(process.env, { folder, app, kernel, args }).catch((error: unknown) => {
    throw error instanceof JupyterMissingError ? new Error(error.message, { cause: error }) : error;
  });
  signal.addEventListener("abort", () => jupyter.kill("SIGTERM"));
  const [code] = await once(jupyter, "exit");
  if (code !== 0 && !signal.aborted) throw new Error(`Jupyter ended with exit code ${code}`);
}
