import { createRequire } from "node:module";
import { createConverter } from "tslab/dist/converter.js";
import { createExecutor } from "tslab/dist/executor.js";
import { JupyterHandlerImpl } from "tslab/dist/jupyter.js";
import { endCell, interruptCell } from "./cell-signal.ts";
import { type CompiledCell, cellFile, cellTrace } from "./cell-trace.ts";
import { isShow, settleShows } from "./pending-shows.ts";

/** Why a cell failed, in the notebook's own terms. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: string;
}

export interface Kernel {
  /** tslab's answers to Jupyter's requests. */
  readonly handler: JupyterHandlerImpl;
  /** Reports what nobody caught, as an error of the running cell. */
  fail(error: unknown): void;
  /** Aborts the running cell's signal, or ends the cell where it has none. */
  interrupt(): void;
}

/**
 * tslab as a kernel whose errors name the cell and the line that the user wrote, and whose interruptions let a cell
 * finish what is under way. One a process.
 *
 * @param onError Gets the errors of the running cell, as they happen.
 * @param onStart Gets each cell's code and number, from 1, before it runs.
 */
export function createKernel(
  onError: (error: CellError) => void,
  onStart: (code: string, count: number) => void = () => {},
): Kernel {
  watchNothing();
  const cells = new Map<number, CompiledCell>();
  let running = { cell: 0, source: "" };
  const converter = createConverter({ isJS: false, isBrowser: false });
  const convert = converter.convert;
  converter.convert = (declarations, source) => {
    const converted = convert(declarations, source);
    cells.set(running.cell, { source, compiled: converted.output ?? "" });
    // V8 takes this name into stack traces; tslab itself names no file.
    if (converted.output) converted.output += `\n//# sourceURL=${cellFile(running.cell)}`;
    return converted;
  };
  const fail = (error: unknown) => {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    onError({ ename: name, evalue: message, traceback: cellTrace(error, cells) });
  };
  // tslab reports an exception as one argument, a diagnostic of the compiler as a format and its parts.
  const report = (...args: unknown[]) => {
    if (args.length === 5) onError(compileError(args, running));
    else fail(args[0]);
  };
  const executor = createExecutor(
    process.cwd(),
    { node: converter, browser: converter, close: () => converter.close() },
    // What `log` gets is the value of a cell's last line.
    { log: (value) => isShow(value) || console.log(value), error: report },
  );
  const execute = executor.execute;
  executor.execute = async (source) => {
    running = { cell: running.cell + 1, source };
    onStart(source, running.cell);
    const ok = await execute(source).finally(endCell);
    const failures = await settleShows();
    if (ok) failures.forEach(fail);
    return ok && failures.length === 0;
  };
  const interrupt = () => {
    if (!interruptCell()) executor.interrupt();
  };
  return { handler: new JupyterHandlerImpl(executor, false), fail, interrupt };
}

function compileError(parts: readonly unknown[], running: { cell: number; source: string }): CellError {
  const [, file, line, column, message] = parts;
  const where = file ? `${file}${line}:${column}` : `cell ${running.cell}, line ${line}`;
  const code = file ? "" : `: ${running.source.split("\n")[Number(line) - 1]?.trim() ?? ""}`;
  const evalue = String(message);
  return { ename: "CompileError", evalue, traceback: `CompileError: ${evalue}\n    at ${where}${code}` };
}

/**
 * tslab's compiler watches files and the folders where it found no package; a change there, be it by another program,
 * throws inside tslab and would fail the cell that runs.
 */
function watchNothing(): void {
  const require = createRequire(createRequire(import.meta.url).resolve("tslab"));
  const { sys } = require("@tslab/typescript-for-tslab");
  sys.watchFile = sys.watchDirectory = () => ({ close: () => {} });
}
