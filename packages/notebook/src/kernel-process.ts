/**
 * The child process in which one notebook runs: tslab without its sockets. `runNotebook()` starts it in the
 * notebook's folder under Node, sends one cell after the other and gets back what each puts out.
 */
import { createRequire } from "node:module";
import { createConverter } from "tslab/dist/converter.js";
import { createExecutor } from "tslab/dist/executor.js";
import { JupyterHandlerImpl } from "tslab/dist/jupyter.js";
import type { OutputEvent } from "./cell-outputs.ts";
import { type CompiledCell, cellFile, cellTrace } from "./cell-trace.ts";

/** Parent to child: run a cell. */
export interface RunCell {
  /** Number of the code cell, from 1. */
  cell: number;
  source: string;
}

/** Child to parent: it can take cells, a cell puts something out, a cell has ended. */
export type KernelMessage = { type: "ready" } | OutputEvent | { type: "done"; ok: boolean };

const cells = new Map<number, CompiledCell>();
let running: RunCell = { cell: 0, source: "" };
let failed = false;

const send = (message: KernelMessage) => process.send!(message);

function fail(error: unknown): void {
  failed = true;
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  send({ type: "error", ename: name, evalue: message, traceback: cellTrace(error, cells) });
}

/** tslab reports an exception as one argument, a diagnostic of the compiler as a format and its parts. */
function reportError(...args: unknown[]): void {
  if (args.length !== 5) {
    fail(args[0]);
    return;
  }
  const [, file, line, column, message] = args;
  const where = file ? `${file}${line}:${column}` : `cell ${running.cell}, line ${line}`;
  const code = file ? "" : `: ${running.source.split("\n")[Number(line) - 1]?.trim() ?? ""}`;
  failed = true;
  const evalue = String(message);
  send({
    type: "error",
    ename: "CompileError",
    evalue,
    traceback: `CompileError: ${evalue}\n    at ${where}${code}`,
  });
}

// tslab's compiler watches files and the folders where it found no package; a change there, be it by another
// program, throws inside tslab and would fail the cell that runs.
const require = createRequire(createRequire(import.meta.url).resolve("tslab"));
const { sys } = require("@tslab/typescript-for-tslab");
sys.watchFile = sys.watchDirectory = () => ({ close: () => {} });

const converter = createConverter({ isJS: false, isBrowser: false });
const convert = converter.convert;
converter.convert = (declarations, source) => {
  const converted = convert(declarations, source);
  cells.set(running.cell, { source, compiled: converted.output ?? "" });
  // V8 takes this name into stack traces; tslab itself names no file.
  if (converted.output) converted.output += `\n//# sourceURL=${cellFile(running.cell)}`;
  return converted;
};
const executor = createExecutor(
  process.cwd(),
  { node: converter, browser: converter, close: () => converter.close() },
  { log: (...args) => console.log(...args), error: reportError },
);
const handler = new JupyterHandlerImpl(executor, false);

async function run(request: RunCell): Promise<void> {
  running = request;
  const reply = await handler.handleExecute(
    { code: request.source, silent: false, store_history: false, user_expressions: {} },
    (name, text) => send({ type: "stream", name: name as "stdout" | "stderr", text }),
    ({ data, metadata, transient }, update) =>
      send({ type: "display", data, metadata, id: transient.display_id, update }),
  );
  // One turn of the loop, so that rejections which nobody awaited surface in the cell that caused them.
  await new Promise((resolve) => setImmediate(resolve));
  send({ type: "done", ok: reply.status === "ok" && !failed });
}

process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("message", (request: RunCell) => run(request));
process.on("disconnect", () => process.exit());
send({ type: "ready" });
