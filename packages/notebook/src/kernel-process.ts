/**
 * The child process in which one notebook runs: tslab without its sockets. `runNotebook()` starts it in the
 * notebook's folder under Node, sends one cell after the other and gets back what each puts out.
 */
import type { OutputEvent } from "./cell-outputs.ts";
import type { RunCell } from "./child-kernel.ts";
import { createKernel } from "./create-kernel.ts";

/** Child to parent: it can take cells, a cell puts something out, a cell has ended. */
export type KernelMessage = { type: "ready" } | OutputEvent | { type: "done"; ok: boolean };

const send = (message: KernelMessage) => process.send!(message);
let failed = false;
const { handler, fail } = createKernel((error) => {
  failed = true;
  send({ type: "error", ...error });
});

async function run(request: RunCell): Promise<void> {
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
