import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { OutputCollector } from "./cell-outputs.ts";
import { DenoKernel } from "./deno-kernel.ts";
import { type CellOutput, cellSource, formatNotebook, type Notebook, readNotebook } from "./ipynb.ts";
import { type ParameterValue, setParameters } from "./parameters.ts";
import { TslabKernel } from "./tslab-kernel.ts";

export interface RunNotebookOptions {
  /** Values for the cell tagged `parameters`, by name. */
  parameters?: Readonly<Record<string, ParameterValue>>;
  /** Folder that gets the executed copy, under the notebook's own name; the notebook's own folder replaces it. */
  outputDir: string;
  /** Time limit for the whole notebook in milliseconds. Default 600,000. */
  timeoutMs?: number;
  /** `tslab` (the default), which needs Node and the built packages, or `deno`: Deno's own kernel. */
  kernel?: "tslab" | "deno";
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
 * the notebook's, and writes a copy with the outputs, also where a cell fails. tslab needs Node on the `PATH`
 * where the caller runs under Bun or Deno, and the built packages; Deno's kernel needs Deno there.
 *
 * @throws {NotebookError} Where a cell fails, the time limit passes or the kernel ends.
 * @throws {NotebookFormatError} Where the file is no notebook.
 * @throws {RangeError} or {TypeError} For a parameter that the notebook does not have or has with another type.
 */
export async function runNotebook(file: string, options: RunNotebookOptions): Promise<NotebookRun> {
  const { parameters = {}, timeoutMs = 600_000, kernel: name = "tslab" } = options;
  const notebook = fresh(setParameters(await readNotebook(file), parameters), name);
  const output = join(options.outputDir, basename(file));
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  const started = performance.now();
  const folder = dirname(resolve(file));
  const kernel =
    name === "deno" ? await DenoKernel.start(folder, timeoutMs) : new TslabKernel(folder, timeoutMs);
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

/** The notebook without outputs, for the kernel named. */
function fresh(notebook: Notebook, kernel: "tslab" | "deno"): Notebook {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return { ...notebook, cells, metadata: { ...notebook.metadata, ...(kernel === "deno" ? DENO : {}) } };
}

/** What notebooks say of the kernel that ran them. */
const DENO = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
};

function tracebackOf(outputs: readonly CellOutput[]): string {
  const errors = outputs.flatMap((output) =>
    output.output_type === "error" ? [output.traceback.join("\n")] : [],
  );
  return errors.join("\n\n") || "The cell gave no reason.";
}
