import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { jupyterEnvironment } from "@amface/notebook";
import { chromium } from "./chromium.ts";
import { jupyterNotebook, type OpenNotebook, openInJupyter } from "./open-in-jupyter.ts";
import { slow } from "./slow.ts";

const fixtures = join(import.meta.dirname, "..", "packages", "notebook", "test", "fixtures");
const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : !jupyterNotebook()?.startsWith("6.")
    ? "needs jupyter-notebook 6"
    : !chromium() && "needs Chromium";

let notebook: OpenNotebook;
before(
  async () => {
    if (!skip) notebook = await openInJupyter(join(fixtures, "jupyter.ipynb"), { width: 1100, height: 900 });
  },
  { timeout: 120_000 },
);
after(() => notebook?.close());

/** The text that a code cell, counted from 1, shows below it. */
const textOf = (cell: number) =>
  notebook.page.evaluate(
    `Jupyter.notebook.get_cells()[${cell - 1}].output_area.element.text()`,
  ) as Promise<string>;

test("in Jupyter all cells run, figures are drawn, and tables and crops show", {
  skip,
  timeout: 300_000,
}, async () => {
  await notebook.page.evaluate("void Jupyter.notebook.execute_all_cells()");
  await notebook.until(`Jupyter.notebook.get_cells()[5].output_area.element.text().includes("step 3")`, 180);
  await notebook.until(`document.querySelectorAll(".js-plotly-plot .main-svg").length >= 2`);
  assert.equal(
    await notebook.page.evaluate(`document.querySelectorAll(".js-plotly-plot .bars .point").length`),
    2,
  );
  assert.equal(await notebook.page.evaluate(`document.querySelectorAll(".js-plotly-plot").length`), 2);
  assert.match(await textOf(4), /first\s*0\.5/);
  assert.equal(await notebook.page.evaluate(`document.querySelectorAll(".output_png img").length`), 1);
  for (const cell of [1, 2, 3, 4, 5]) assert.doesNotMatch(await textOf(cell), /Promise|Error/);
});

test("in Jupyter an interruption ends training with its state kept, and the next cell has its result", {
  skip,
  timeout: 120_000,
}, async () => {
  await notebook.page.evaluate("void Jupyter.notebook.kernel.interrupt()");
  await notebook.until(`Jupyter.notebook.get_cells()[6].output_area.element.text().includes("resumes")`);
  assert.match(await textOf(7), /finished: false resumes there: true/);
});

test("in Jupyter an error names the cell and the user's line, and ends the run", {
  skip,
  timeout: 60_000,
}, async () => {
  await notebook.until(`Jupyter.notebook.get_cells()[7].output_area.element.text().includes("thrown")`);
  assert.match(await textOf(8), /Error: thrown after 1\s+at cell 8, line 2: throw new Error/);
  await notebook.until(`!Jupyter.notebook.kernel_busy`);
  assert.equal(await textOf(9), "");
});

test("nbconvert runs notebooks, and gives cell and line of a failure", { skip, timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "amface-nbconvert-"));
  try {
    const convert = (name: string) =>
      spawnSync(
        "jupyter",
        ["nbconvert", "--to", "notebook", "--execute", `${name}.ipynb`, "--output-dir", folder],
        { cwd: fixtures, env: jupyterEnvironment(process.env), encoding: "utf8" },
      );
    const passing = convert("passing");
    assert.equal(passing.status, 0, passing.stderr);
    assert.match(readFileSync(join(folder, "passing.ipynb"), "utf8"), /5 steps of a/);
    const failing = convert("failing");
    assert.equal(failing.status, 1);
    assert.match(failing.stderr, /value is two[\s\S]*at check \(cell 2, line 5: assert\.equal/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
