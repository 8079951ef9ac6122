import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { OutputCollector, type OutputEvent } from "./cell-outputs.ts";
import { type CellOutput, cellSource, formatNotebook, type Notebook, readNotebook } from "./ipynb.ts";
import type { KernelMessage, RunCell } from "./kernel-process.ts";
import { type ParameterValue, setParameters } from "./parameters.ts";

export interface RunNotebookOptions {
  /** Values for the cell tagged `parameters`, by name. */
  parameters?: Readonly<Record<string, ParameterValue>>;
  /** Folder that gets the executed copy, under the notebook's own name; the notebook's own folder replaces it. */
  outputDir: string;
  /** Time limit for the whole notebook in milliseconds. Default 600,000. */
  timeoutMs?: number;
}

export interface NotebookRun {
  /** Path of the executed copy. */
  output: string;
  seconds: number;
  /** Code cells that ran. */
  cells: number;
}

/** A cell failed, the time limit passed or the kernel died. The executed copy is written all the same. */
export class NotebookError extends Error {
  override name = "NotebookError";
  /** Number of the code cell, counted from 1; 0 where the kernel failed before the first. */
  readonly cell: number;
  /** What went wrong, with the cell's line where it is known. */
  readonly traceback: string;
  /** Path of the executed copy. */
  readonly output: string;

  constructor(file: string, cell: number, traceback: string, output: string) {
    super(`Cannot run ${file}: code cell ${cell} failed\n${traceback}`);
    this.cell = cell;
    this.traceback = traceback;
    this.output = output;
  }
}

/**
 * Runs a notebook headless in the TypeScript kernel, in a child process of its own whose working folder is
 * the notebook's, and writes a copy with the outputs, also where a cell fails. Needs Node on the `PATH`
 * where the caller runs under Bun or Deno, and the built packages.
 *
 * @throws {NotebookError} Where a cell fails, the time limit passes or the kernel ends.
 * @throws {NotebookFormatError} Where the file is no notebook.
 * @throws {RangeError} or {TypeError} For a parameter that the notebook does not have or has with another type.
 */
export async function runNotebook(file: string, options: RunNotebookOptions): Promise<NotebookRun> {
  const { parameters = {}, timeoutMs = 600_000 } = options;
  const notebook = withoutOutputs(setParameters(await readNotebook(file), parameters));
  const output = join(options.outputDir, basename(file));
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  const started = performance.now();
  const kernel = new KernelProcess(dirname(resolve(file)), timeoutMs);
  const collector = new OutputCollector();
  let failure: { cell: number; traceback: string } | undefined;
  try {
    for (const [index, cell] of code.entries()) {
      const outputs: CellOutput[] = [];
      cell.outputs = outputs;
      cell.execution_count = index + 1;
      const request = { cell: index + 1, source: cellSource(cell) };
      const ok = await kernel.run(request, (event) => collector.add(outputs, event));
      if (!ok) {
        failure = { cell: index + 1, traceback: tracebackOf(outputs) };
        break;
      }
    }
  } finally {
    kernel.stop();
    await mkdir(options.outputDir, { recursive: true });
    await writeFileAtomic(output, Buffer.from(formatNotebook(notebook)));
  }
  if (failure) throw new NotebookError(file, failure.cell, failure.traceback, output);
  return { output, seconds: (performance.now() - started) / 1000, cells: code.length };
}

function withoutOutputs(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return { ...notebook, cells };
}

function tracebackOf(outputs: readonly CellOutput[]): string {
  const errors = outputs.flatMap((output) =>
    output.output_type === "error" ? [output.traceback.join("\n")] : [],
  );
  return errors.join("\n\n") || "The cell gave no reason.";
}

/** The kernel's child process; every failure of it ends the running cell with an error output. */
class KernelProcess {
  readonly #child: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #ready: Promise<void>;
  #setReady: () => void = () => {};
  #onEvent: (event: OutputEvent) => void = () => {};
  #onDone: ((ok: boolean) => void) | undefined;
  #dead: OutputEvent | undefined;
  #stderr = "";

  constructor(cwd: string, timeoutMs: number) {
    // From sources as well: tslab needs Node, and Node 20 needs the built file.
    const script = join(import.meta.dirname, "..", "dist", "kernel-process.js");
    if (!existsSync(script)) {
      throw new Error(
        "Cannot run notebooks: expected the built packages, got sources only; build them first",
      );
    }
    const node = process.versions.bun || process.versions.deno ? "node" : process.execPath;
    this.#child = spawn(node, ["--disable-warning=ExperimentalWarning", script], {
      cwd,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "json",
    });
    this.#ready = new Promise((done) => {
      this.#setReady = done;
    });
    this.#child.on("message", (message) => this.#take(message as KernelMessage));
    this.#child.stderr!.on("data", (chunk) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    this.#child.on("error", (error) =>
      this.#die("KernelError", `the kernel did not start: ${error.message}`),
    );
    this.#child.on("close", (code, signal) =>
      this.#die(
        "KernelError",
        `the kernel ended with ${signal ?? `exit code ${code}`}\n${this.#stderr}`.trim(),
      ),
    );
    this.#timer = setTimeout(() => {
      this.#die("TimeoutError", `expected the notebook to end within ${timeoutMs / 1000} s, got no end`);
      this.#child.kill("SIGKILL");
    }, timeoutMs);
  }

  /** Runs one cell; false where it failed. */
  async run(request: RunCell, onEvent: (event: OutputEvent) => void): Promise<boolean> {
    this.#onEvent = onEvent;
    await this.#ready;
    if (this.#dead) {
      onEvent(this.#dead);
      return false;
    }
    return new Promise((done) => {
      this.#onDone = done;
      this.#child.send(request);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#child.removeAllListeners("close");
    this.#child.kill("SIGKILL");
  }

  #take(message: KernelMessage): void {
    if (message.type === "ready") this.#setReady();
    else if (message.type === "done") this.#finish(message.ok);
    else this.#onEvent(message);
  }

  #die(ename: string, evalue: string): void {
    if (this.#dead) return;
    this.#dead = { type: "error", ename, evalue, traceback: `${ename}: ${evalue}` };
    if (this.#onDone) this.#onEvent(this.#dead);
    this.#setReady();
    this.#finish(false);
  }

  #finish(ok: boolean): void {
    this.#onDone?.(ok);
    this.#onDone = undefined;
  }
}
