import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { renderReport } from "@amface/lfw-eval";
import { chromium, Page } from "./chromium.ts";
import { generatedReport } from "./generated-report.ts";

const needs =
  chromium() === undefined ? "needs chromium" : typeof WebSocket === "undefined" && "needs WebSocket";

test("a report opens in Chromium without a complaint, draws its charts and follows the threshold", {
  skip: needs,
  timeout: 120_000,
}, async () => {
  const data = await generatedReport();
  const dir = await mkdtemp(join(tmpdir(), "amface-report-"));
  const file = join(dir, "report.html");
  await writeFile(file, renderReport(data));
  const page = await Page.open(file);
  try {
    const charts = await page.evaluate(
      `[...document.querySelectorAll(".chart")].map((chart) => chart.querySelectorAll("svg.main-svg").length)`,
    );
    assert.deepEqual(charts, [3, 3, 3, 3, 3], "ROC, DET, distances, alignment, loss");
    const broken = await page.evaluate(`[...document.images].filter((image) => !image.naturalWidth).length`);
    assert.equal(broken, 0);
    assert.equal(await page.evaluate("document.images.length"), 2 * data.worstPairs!.length);

    // 1.23 on the slider: the counts are those of the pairs below 1.23, and the histogram's line is there.
    await page.evaluate(`{
      const slider = document.getElementById("threshold");
      slider.value = 123;
      slider.dispatchEvent(new Event("input"));
    }`);
    const { distances, issame } = data.result.table!;
    const below = (same: boolean) => [...distances].filter((d, p) => issame[p] === same && d < 1.23).length;
    const shown = await page.evaluate(
      `["threshold-value", "same-accepted", "same-rejected", "different-accepted"].map((id) => document.getElementById(id).textContent)`,
    );
    assert.deepEqual(shown, ["1.23", String(below(true)), String(300 - below(true)), String(below(false))]);
    assert.equal(await page.evaluate(`document.getElementById("chart-2").layout.shapes[0].x0`), 1.23);

    // Wider than the window only inside of its sections, which scroll.
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    assert.deepEqual(page.problems, []);
    assert.deepEqual(
      page.requests.filter((url) => !/^(file|data|blob):/.test(url)),
      [],
    );
  } finally {
    await page.close();
    await rm(dir, { recursive: true });
  }
});
