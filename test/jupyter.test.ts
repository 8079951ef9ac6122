import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { jupyterEnvironment } from "@amface/notebook";
import { chromium } from "./chromium.ts";
import {
  CODE_CELLS,
  FAILED,
  type JupyterApp,
  jupyterVersion,
  NOTEBOOK,
  type OpenNotebook,
  openInJupyter,
  RAN,
} from "./open-in-jupyter.ts";
import { slow } from "./slow.ts";

const fixtures = join(import.meta.dirname, "..", "packages", "notebook", "test", "fixtures");
const notebooks = join(import.meta.dirname, "..", "notebooks");
const WINDOW = { width: 1100, height: 900 };
const LEAST = { lab: 4, notebook: 7 };

/** Why a test cannot run in this program of Jupyter's, or false. */
function skipReason(app: JupyterApp): string | false {
  const version = jupyterVersion(app);
  if (!slow()) return "slow: run with AMFACE_SLOW=1";
  if (version === undefined || Number.parseInt(version, 10) < LEAST[app]) {
    return `needs jupyter-${app} ${LEAST[app]} or newer on the path, got ${version ?? "none"}`;
  }
  return chromium() === undefined && "needs Chromium";
}

/** In the page: what a code cell, counted from 1, shows below it. */
const outputOf = (cell: number) => `${CODE_CELLS}[${cell - 1}].outputArea.node`;
const figureOf = (cell: number) => `${outputOf(cell)}.querySelector(".js-plotly-plot")`;

for (const app of ["lab", "notebook"] as const) {
  const skip = skipReason(app);
  const where = { lab: "JupyterLab", notebook: "Jupyter Notebook 7" }[app];
  let opened: Promise<OpenNotebook> | undefined;
  const open = () => {
    opened ??= openInJupyter(app, join(fixtures, "jupyter.ipynb"), WINDOW);
    return opened;
  };
  after(async () => (await opened?.catch(() => undefined))?.close());

  test(`${where} finds the kernel, runs cells, draws figures with plotly.js, and shows tables and pictures`, {
    skip,
    timeout: 300_000,
  }, async () => {
    const { page, until, command } = await open();
    await command("notebook:run-all-cells");
    await until(`${figureOf(3)}?.querySelector(".main-svg")`);
    assert.equal(await page.evaluate(`${figureOf(2)}.querySelectorAll(".bars .point").length`), 2);
    await until(
      `${outputOf(4)}.querySelector("td") && ${outputOf(4)}.querySelector("img")?.naturalWidth > 100`,
    );
    const text = (cell: number) => page.evaluate(`${outputOf(cell)}.textContent`);
    assert.match(String(await text(4)), /first\s*0\.5/);
    for (const cell of [1, 2, 3, 4]) assert.doesNotMatch(String(await text(cell)), /Promise|Error/);
    assert.equal(await page.evaluate(`document.querySelectorAll(".js-plotly-plot img").length`), 0);
  });

  test(`in ${where} the sphere's slider moves to another margin`, { skip, timeout: 60_000 }, async () => {
    const { page, until } = await open();
    const rail = `${figureOf(3)}.querySelector(".slider-rail-touch-rect")`;
    await until(rail);
    const shown = `${figureOf(3)}._fullData.map(({ visible }) => visible)`;
    assert.deepEqual(await page.evaluate(shown), [true, false, true]);
    await page.evaluate(`${rail}.scrollIntoView({ block: "center" })`);
    const { x, y, width, height } = (await page.evaluate(
      `${rail}.getBoundingClientRect().toJSON()`,
    )) as DOMRect;
    const at = { x: x + 0.9 * width, y: y + height / 2, button: "left", clickCount: 1 };
    await page.send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
    await page.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
    await until(`${figureOf(3)}._fullLayout.sliders[0].active === 1`);
    await until(`JSON.stringify(${shown}) === "[false,true,true]"`);
    assert.match(String(await page.evaluate(`${figureOf(3)}.textContent`)), /margin m 0\.5/);
  });

  test(`in ${where} a line and a chart change in place while a cell runs`, {
    skip,
    timeout: 240_000,
  }, async () => {
    const { page, until } = await open();
    const points = `${figureOf(6)}?.data[0].y.length`;
    await until(`${points} > 0`, 180);
    const before = Number(await page.evaluate(points));
    await until(`${points} > ${before}`);
    assert.match(String(await page.evaluate(`${outputOf(6)}.textContent`)), /step \d+/);
    assert.equal(await page.evaluate(`${outputOf(6)}.querySelectorAll(".js-plotly-plot").length`), 1);
  });

  test(`in ${where} an interruption ends training with its state kept, and the next cell has its result`, {
    skip,
    timeout: 120_000,
  }, async () => {
    const { page, until, command } = await open();
    await until(`${figureOf(6)}.data[0].y.length >= 3`);
    await command("notebook:interrupt-kernel");
    await until(`${outputOf(7)}.textContent.includes("resumes")`);
    assert.match(
      String(await page.evaluate(`${outputOf(7)}.textContent`)),
      /finished: false resumes there: true/,
    );
  });

  test(`in ${where} an error names the cell and the user's line, and ends the run`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const { page, until } = await open();
    await until(`${outputOf(8)}.textContent.includes("thrown")`);
    assert.match(
      String(await page.evaluate(`${outputOf(8)}.textContent`)),
      /Error: thrown after 1\s+at cell 8, line 2: throw new Error/,
    );
    await until(`(${NOTEBOOK}).sessionContext.session.kernel.status === "idle"`);
    assert.equal(await page.evaluate(`${outputOf(9)}.textContent`), "");
  });

  test(`in ${where} Tab completes and Shift Tab tells the type`, { skip, timeout: 90_000 }, async () => {
    const { page, until, command, press } = await open();
    const write = (code: string) =>
      page.evaluate(`{
        const { activeCell } = (${NOTEBOOK}).content;
        activeCell.model.sharedModel.setSource(${JSON.stringify(code)});
        activeCell.editor.focus();
        activeCell.editor.setCursorPosition({ line: 0, column: ${code.length} });
      }`);
    await page.evaluate(`(${NOTEBOOK}).content.activeCellIndex = (${NOTEBOOK}).content.widgets.length - 1`);
    await command("notebook:insert-cell-below");
    await command("notebook:enter-edit-mode");
    await write("stopped.steps.to");
    await press("Tab", 9);
    await until(`document.querySelector(".jp-Completer")?.textContent.includes("toExponential")`);
    await press("Escape", 27);
    await write("stopped.steps");
    await press("Tab", 9, true);
    await until(`/steps: number/.test(document.querySelector(".jp-Tooltip")?.textContent)`);
    await press("Escape", 27);
    await write("");
  });

  test(`what ${where} asks of a kernel besides is answered, and nothing is printed below a cell for it`, {
    skip,
    timeout: 30_000,
  }, async () => {
    const { page } = await open();
    const kernel = `(${NOTEBOOK}).sessionContext.session.kernel`;
    const history = `${kernel}.requestHistory({ hist_access_type: "tail", n: 9, output: false, raw: true })`;
    const status = await page.evaluate(`Promise.all([${history}, ${kernel}.requestCommInfo({})])
      .then((replies) => replies.map(({ header, content }) => header.msg_type + " " + content.status))`);
    assert.deepEqual(status, ["history_reply ok", "comm_info_reply ok"]);
    assert.doesNotMatch(String(await page.evaluate(`(${NOTEBOOK}).node.textContent`)), /unknown msg_type/);
  });

  test(`the file that ${where} saves has numbered cells, and figures with their pictures`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const { saved } = await open();
    const { cells, metadata } = await saved();
    const code = cells.filter(({ cell_type }) => cell_type === "code");
    assert.deepEqual(
      code.map(({ execution_count }) => execution_count),
      [1, 2, 3, 4, 5, 6, 7, 8, null, null],
    );
    const mimeTypes = (cell: number) =>
      code[cell - 1].outputs!.map((output) => "data" in output && Object.keys(output.data).sort());
    const figure = ["application/vnd.plotly.v1+json", "image/png"];
    assert.deepEqual(mimeTypes(3), [figure]);
    assert.deepEqual(mimeTypes(6), [["text/plain"], figure]);
    assert.equal((metadata.kernelspec as { name: string }).name, "tslab");
    assert.equal((metadata.language_info as { version: string }).version, "5.0.4");
  });

  for (const name of readdirSync(notebooks).filter((name) => name.endsWith(".ipynb"))) {
    const never = process.env.AMFACE_SLOW === "1" ? skip : "takes minutes: run with AMFACE_SLOW=1";
    test(`${where} draws ${name}'s figures before anyone trusts it, and runs it to its end`, {
      skip: never,
      timeout: 900_000,
    }, async () => {
      const { page, until, command, close } = await openInJupyter(app, join(notebooks, name), WINDOW);
      try {
        const figures = `(${NOTEBOOK}).node.querySelectorAll(".js-plotly-plot:has(.main-svg)").length`;
        const kept = JSON.parse(readFileSync(join(notebooks, name), "utf8"));
        const count = JSON.stringify(kept).split('"application/vnd.plotly.v1+json":').length - 1;
        await until(`${figures} === ${count}`);
        await page.evaluate(`${CODE_CELLS}.forEach(({ model }) => model.clearExecution())`);
        await command("notebook:run-all-cells");
        await until(`${RAN} || ${FAILED}`, 800);
        assert.equal(await page.evaluate(FAILED), false);
        await until(`${figures} === ${count}`);
      } finally {
        await close();
      }
    });
  }
}

const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : spawnSync("jupyter", ["nbconvert", "--version"]).status !== 0 && "needs jupyter nbconvert on the path";

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
    const written = readFileSync(join(folder, "passing.ipynb"), "utf8");
    assert.match(written, /5 steps of a/);
    assert.deepEqual(
      written.match(/"execution_count": \d+/g),
      [1, 2, 3, 4].map((n) => `"execution_count": ${n}`),
    );
    const failing = convert("failing");
    assert.equal(failing.status, 1);
    assert.match(failing.stderr, /value is two[\s\S]*at check \(cell 2, line 5: assert\.equal/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a page that nbconvert makes of a notebook, as nbviewer does, shows figures by their pictures", {
  skip,
  timeout: 120_000,
}, () => {
  const file = join(notebooks, "02-am-softmax.ipynb");
  const { stdout, status, stderr } = spawnSync("jupyter", ["nbconvert", "--to", "html", "--stdout", file], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  assert.equal(status, 0, stderr);
  const { cells } = JSON.parse(readFileSync(file, "utf8"));
  const pictures = cells
    .flatMap(({ outputs = [] }) => outputs)
    .flatMap(({ data }: { data?: Record<string, string> }) => data?.["image/png"] ?? []);
  assert.ok(pictures.length >= 4);
  for (const png of pictures) assert.ok(stdout.includes(png.slice(0, 400)));
});
