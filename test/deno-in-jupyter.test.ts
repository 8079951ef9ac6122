import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chromium } from "./chromium.ts";
import { CODE_CELLS, FAILED, jupyterVersion, NOTEBOOK, openInJupyter, RAN } from "./open-in-jupyter.ts";
import { slow } from "./slow.ts";

const notebooks = join(import.meta.dirname, "..", "notebooks");
const fixture = join(import.meta.dirname, "../packages/notebook/test/fixtures/any-kernel.ipynb");
const WINDOW = { width: 1100, height: 900 };

const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : Number.parseInt(jupyterVersion("lab") ?? "0", 10) < 4
    ? "needs jupyter-lab 4 or newer on the path"
    : spawnSync("deno", ["--version"]).status !== 0
      ? "needs Deno on the PATH"
      : chromium() === undefined && "needs Chromium";

const outputOf = (cell: number) => `${CODE_CELLS}[${cell - 1}].outputArea.node`;

test("in JupyterLab Deno's own kernel shows tables, figures drawn by plotly.js, and what changes in place", {
  skip,
  timeout: 300_000,
}, async () => {
  const { page, until, command, saved, close } = await openInJupyter("lab", fixture, WINDOW, "deno");
  try {
    await command("notebook:run-all-cells");
    await until(
      `${outputOf(1)}.querySelector(".js-plotly-plot .main-svg") && ${outputOf(1)}.querySelector("td")`,
    );
    await until(`${outputOf(2)}.textContent.trim() === "step 50"`);
    await until(`${outputOf(3)}.querySelector("td") && ${outputOf(4)}.textContent.includes("1")`);
    assert.doesNotMatch(String(await page.evaluate(`${outputOf(3)}.textContent`)), /Promise/);
    const { metadata } = await saved();
    assert.equal((metadata.kernelspec as { name: string }).name, "deno");
  } finally {
    await close();
  }
});

for (const name of readdirSync(notebooks).filter((name) => name.endsWith(".ipynb"))) {
  const never = process.env.AMFACE_SLOW === "1" ? skip : "takes minutes: run with AMFACE_SLOW=1";
  test(`in JupyterLab Deno's own kernel runs ${name} to its end`, {
    skip: never,
    timeout: 900_000,
  }, async () => {
    const file = join(notebooks, name);
    const { page, until, command, close } = await openInJupyter("lab", file, WINDOW, "deno");
    try {
      const figures = `(${NOTEBOOK}).node.querySelectorAll(".js-plotly-plot:has(.main-svg)").length`;
      await page.evaluate(`${CODE_CELLS}.forEach(({ model }) => model.clearExecution())`);
      await command("notebook:run-all-cells");
      await until(`${RAN} || ${FAILED}`, 800);
      assert.equal(await page.evaluate(FAILED), false);
      await until(`${figures} > 0`);
    } finally {
      await close();
    }
  });
}
