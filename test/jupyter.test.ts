import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { startJupyter } from "@amface/notebook";
import { chromium, Page } from "./chromium.ts";
import { slow } from "./slow.ts";

const root = join(import.meta.dirname, "..");
const jupyter = spawnSync("jupyter-notebook", ["--version"], { encoding: "utf8" }).stdout?.trim();
const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : !jupyter?.startsWith("6.")
    ? "needs jupyter-notebook 6"
    : !chromium() && "needs Chromium";

let server: Awaited<ReturnType<typeof startJupyter>>;
let page: Page;
/** In the repository, so that the cells find its packages. */
const folder = skip ? "" : mkdtempSync(join(root, "runs-jupyter-test-"));

before(
  async () => {
    if (skip) return;
    cpSync(join(root, "packages/notebook/test/fixtures/jupyter.ipynb"), join(folder, "jupyter.ipynb"));
    // Settings, kernels and history of the user stay out of it.
    const environment = {
      ...process.env,
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTER_DATA_DIR: folder,
    };
    server = await startJupyter(environment, {
      folder,
      args: ["--no-browser", "--allow-root", `--port=${await freePort()}`],
      stdio: "pipe",
    });
    page = await Page.open(await address(), { width: 1100, height: 1400 });
    await until(`window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook._fully_loaded`);
  },
  { timeout: 120_000 },
);
after(async () => {
  await page?.close();
  if (server?.exitCode === null) {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
  if (folder) rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** The notebook's address, from what Jupyter prints. */
async function address(): Promise<string> {
  for await (const line of createInterface({ input: server.stderr! })) {
    const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(line)?.[0];
    if (url === undefined) continue;
    server.stderr!.resume();
    return url.replace("/?", "/notebooks/jupyter.ipynb?");
  }
  throw new Error("Cannot reach Jupyter: expected its address, got the end of its output");
}

/** Waits until an expression holds in the page. */
async function until(expression: string, seconds = 90): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    assert.ok(Date.now() < end, `expected within ${seconds} s: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The text that a code cell, counted from 1, shows below it. */
const textOf = (cell: number) =>
  page.evaluate(`Jupyter.notebook.get_cells()[${cell - 1}].output_area.element.text()`) as Promise<string>;

test("in Jupyter all cells run, figures are drawn, and tables and crops show", {
  skip,
  timeout: 300_000,
}, async () => {
  await page.evaluate("void Jupyter.notebook.execute_all_cells()");
  await until(`Jupyter.notebook.get_cells()[5].output_area.element.text().includes("step 3")`, 180);
  await until(`document.querySelectorAll(".js-plotly-plot .main-svg").length >= 2`);
  assert.equal(await page.evaluate(`document.querySelectorAll(".js-plotly-plot .bars .point").length`), 2);
  assert.equal(await page.evaluate(`document.querySelectorAll(".js-plotly-plot").length`), 2);
  assert.match(await textOf(4), /first\s*0\.5/);
  assert.equal(await page.evaluate(`document.querySelectorAll(".output_png img").length`), 1);
  for (const cell of [1, 2, 3, 4, 5]) assert.doesNotMatch(await textOf(cell), /Promise|Error/);
});

test("in Jupyter an interruption ends training with a checkpoint, and the next cell has its result", {
  skip,
  timeout: 120_000,
}, async () => {
  await page.evaluate("void Jupyter.notebook.kernel.interrupt()");
  await until(`Jupyter.notebook.get_cells()[6].output_area.element.text().includes("checkpoints")`);
  assert.match(await textOf(7), /finished: false steps: true checkpoints: 1/);
});

test("in Jupyter an error names the cell and the user's line, and ends the run", {
  skip,
  timeout: 60_000,
}, async () => {
  await until(`Jupyter.notebook.get_cells()[7].output_area.element.text().includes("thrown")`);
  assert.match(await textOf(8), /Error: thrown after 1\s+at cell 8, line 2: throw new Error/);
  await until(`!Jupyter.notebook.kernel_busy`);
  assert.equal(await textOf(9), "");
});
