import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Notebook } from "../src/ipynb.ts";
import { JupyterWire } from "../src/jupyter-message.ts";
import { NotebookError, runNotebook } from "../src/run-notebook.ts";

const outputDir = mkdtempSync(join(tmpdir(), "amface-deno-"));
after(() => rmSync(outputDir, { recursive: true }));

const hasDeno = Boolean(process.versions.deno) || spawnSync("deno", ["--version"]).status === 0;
const NEEDS_DENO = { skip: hasDeno ? false : "needs Deno on the PATH", timeout: 120_000 };

async function failure(name: string): Promise<NotebookError> {
  const file = join(import.meta.dirname, "fixtures", `${name}.ipynb`);
  const error = await runNotebook(file, { outputDir, timeoutMs: 100_000, kernel: "deno" }).catch((e) => e);
  assert.ok(error instanceof NotebookError, String(error));
  return error;
}

test(
  "in Deno's kernel a notebook shows what it shows in tslab's, and says what ran it",
  NEEDS_DENO,
  async () => {
    const { cell, traceback, output } = await failure("any-kernel");
    const { cells, metadata }: Notebook = JSON.parse(readFileSync(output, "utf8"));
    const [shown, live, lastLine, value, wrong] = cells.map(({ outputs }) => outputs!);
    assert.deepEqual(
      shown.map((each) => ("data" in each ? Object.keys(each.data) : each.output_type)),
      [["text/html", "text/plain"], ["application/vnd.plotly.v1+json", "image/png"], "stream"],
    );
    const { data } = shown[1] as { data: Record<string, string> };
    assert.equal(Buffer.from(data["image/png"], "base64").toString("latin1", 1, 4), "PNG");
    assert.deepEqual(live, [
      { output_type: "display_data", data: { "text/plain": "step 50" }, metadata: {} },
    ]);
    assert.deepEqual(lastLine, [shown[0]]);
    assert.deepEqual(value, [{ output_type: "display_data", data: { "text/plain": "1" }, metadata: {} }]);
    assert.equal((metadata.kernelspec as { name: string }).name, "deno");
    // Code that does not parse.
    assert.equal(cell, 5);
    assert.match(traceback, /Expression expected|Execution failed/);
    assert.deepEqual(
      wrong.map(({ output_type }) => output_type),
      ["error"],
    );
  },
);

test(
  "a cell of Deno's kernel that throws, and a kernel that ends, fail the notebook",
  NEEDS_DENO,
  async () => {
    const thrown = await failure("failing");
    assert.equal(thrown.cell, 2);
    assert.match(thrown.traceback, /AssertionError.*value is two/);
    const ended = await failure("exiting");
    assert.equal(ended.cell, 1);
    assert.match(ended.traceback, /the kernel ended with exit code 3/);
  },
);

test("JupyterWire reads what it signed, and refuses what another key signed", () => {
  const wire = new JupyterWire("key");
  const { id, frames } = wire.encode("execute_request", { code: "1" });
  assert.deepEqual(wire.decode(frames), {
    ...{ type: "execute_request", id, parent: undefined },
    content: { code: "1" },
  });
  assert.throws(
    () => new JupyterWire("other").decode(frames),
    /expected one signed with the connection's key/,
  );
});
