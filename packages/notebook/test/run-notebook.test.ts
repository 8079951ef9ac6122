import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withoutNode } from "../../../test/node-there.ts";
import { slow } from "../../../test/slow.ts";
import type { CellOutput, Notebook } from "../src/ipynb.ts";
import { NotebookError, type RunNotebookOptions, runNotebook } from "../src/run-notebook.ts";

const outputDir = mkdtempSync(join(tmpdir(), "amface-notebooks-"));
after(() => rmSync(outputDir, { recursive: true }));

const withoutTslab = { skip: withoutNode() };
const fixture = (name: string) => join(import.meta.dirname, "fixtures", `${name}.ipynb`);
const run = (name: string, options: Partial<RunNotebookOptions> = {}) =>
  runNotebook(fixture(name), { outputDir, timeoutMs: 60_000, ...options });

async function failure(name: string, options: Partial<RunNotebookOptions> = {}): Promise<NotebookError> {
  const error = await run(name, options).catch((reason) => reason);
  assert.ok(error instanceof NotebookError, String(error));
  return error;
}

const countsOf = (file: string) =>
  (JSON.parse(readFileSync(file, "utf8")) as Notebook).cells.map((cell) => cell.execution_count);

function outputsOf(file: string): CellOutput[][] {
  const notebook: Notebook = JSON.parse(readFileSync(file, "utf8"));
  return notebook.cells.map((cell) => cell.outputs!);
}

test(
  "runNotebook() writes a copy with every kind of output and leaves the notebook as it is",
  withoutTslab,
  async () => {
    const before = readFileSync(fixture("passing"), "utf8");
    const { output, cells, seconds } = await run("passing");
    assert.equal(output, join(outputDir, "passing.ipynb"));
    assert.equal(cells, 4);
    assert.ok(seconds > 0 && seconds < 60);
    const [parameters, streams, shown, live] = outputsOf(output);
    assert.deepEqual(parameters, []);
    assert.deepEqual(streams, [
      { output_type: "stream", name: "stdout", text: ['5 steps of a "b", loud: false\n'] },
    ]);
    const [table, figure, image] = shown.map((item) => (item as { data: Record<string, string> }).data);
    assert.match(table["text/html"], /<td style="text-align:right">0.123457<\/td>/);
    assert.deepEqual(Object.keys(figure), ["application/vnd.plotly.v1+json", "image/png"]);
    for (const { "image/png": png } of [figure, image]) {
      assert.equal(Buffer.from(png, "base64").toString("latin1", 1, 4), "PNG");
    }
    assert.deepEqual(live, [
      { output_type: "display_data", data: { "text/plain": "step 2" }, metadata: {} },
      { output_type: "stream", name: "stdout", text: ["6\n"] },
    ]);
    assert.deepEqual(countsOf(output), [1, 2, 3, 4]);
    assert.equal(readFileSync(fixture("passing"), "utf8"), before);
  },
);

test("a line and a chart change in place: each leaves one output, its last state", {
  skip: withoutNode(),
  timeout: 60_000,
}, async () => {
  const { output } = await run("live");
  const [[line, chart, done, ...more]] = outputsOf(output);
  assert.deepEqual(line, { output_type: "display_data", data: { "text/plain": "step 50" }, metadata: {} });
  const { data } = chart as { data: Record<string, { data: { y: number[] }[] }> };
  assert.deepEqual(Object.keys(data), ["application/vnd.plotly.v1+json", "image/png"]);
  assert.equal(data["application/vnd.plotly.v1+json"].data[0].y.length, 50);
  assert.deepEqual([done.output_type, more], ["stream", []]);
});

test("runNotebook() puts parameters into the parameter cell", withoutTslab, async () => {
  const { output } = await run("passing", { parameters: { steps: "7", title: "c", loud: true } });
  assert.match(JSON.stringify(outputsOf(output)[1]), /7 steps of c, loud: true/);
});

test("runNotebook() names the cell and the line of a failure and writes what ran", withoutTslab, async () => {
  const error = await failure("failing");
  assert.equal(error.cell, 2);
  assert.match(error.message, /code cell 2 failed/);
  assert.match(error.traceback, /AssertionError.*value is two/);
  assert.match(error.traceback, /at check \(cell 2, line 5: assert\.equal\(value, 2, "value is two"\);\)/);
  assert.match(error.traceback, /at cell 2, line 7: check\(before\);/);
  assert.doesNotMatch(error.traceback, /tslab|node:vm/);
  const [first, second, third] = outputsOf(error.output);
  assert.deepEqual(first, [{ output_type: "stream", name: "stdout", text: ["before\n"] }]);
  assert.equal(second[0].output_type, "error");
  assert.deepEqual(third, []);
  assert.deepEqual(countsOf(error.output), [1, 2, null]);
});

test("runNotebook() reports a type error with its line and does not run the cell", withoutTslab, async () => {
  const { cell, traceback } = await failure("type-error");
  assert.equal(cell, 2);
  assert.match(traceback, /Type 'string' is not assignable to type 'number'/);
  assert.match(traceback, /at cell 2, line 1: const wrong: number = text;/);
});

test("runNotebook() fails a cell whose promise is rejected and never awaited", withoutTslab, async () => {
  const { cell, traceback } = await failure("rejection");
  assert.equal(cell, 1);
  assert.match(traceback, /nobody awaited this/);
});

test("runNotebook() fails where the kernel ends", withoutTslab, async () => {
  const { cell, traceback } = await failure("exiting");
  assert.equal(cell, 1);
  assert.match(traceback, /the kernel ended with exit code 3/);
});

// The limit leaves a busy machine time to start the kernel.
for (const name of ["hanging", "busy"]) {
  const skip = slow() ? withoutNode() : "slow: run with AMFACE_SLOW=1";
  test(`runNotebook() ends a ${name} notebook at its time limit and writes what ran`, { skip }, async () => {
    const { traceback, output } = await failure(name, { timeoutMs: 15_000 });
    assert.match(traceback, /expected the notebook to end within 15 s/);
    assert.match(JSON.stringify(outputsOf(output)), /started/);
  });
}

test("runNotebook() refuses parameters that the notebook does not have, before it runs", async () => {
  const folder = join(outputDir, "none");
  await assert.rejects(run("passing", { outputDir: folder, parameters: { stepz: 1 } }), {
    name: "RangeError",
    message: "Cannot set parameter stepz: expected one of steps, title, loud, got stepz",
  });
  assert.equal(existsSync(folder), false);
});
