/**
 * Takes the picture of a report in the documentation, in Chromium, of generated faces.
 *
 *     bun scripts/report-screenshot.ts packages/lfw-eval/docs/report.png
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { renderReport } from "@amface/lfw-eval";
import sharp from "sharp";
import { Page } from "../test/chromium.ts";
import { generatedReport } from "../test/generated-report.ts";

const dir = await mkdtemp(join(tmpdir(), "amface-report-"));
const file = join(dir, "report.html");
await writeFile(file, renderReport(await generatedReport()));
const page = await Page.open(file, { width: 1100, height: 2400 });
// The sections that a picture tells most of.
const height = await page.evaluate(`{
  const shown = ["Accuracy", "Distances", "Worst pairs"];
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !shown.includes(section.querySelector("h2").textContent);
  }
  Math.ceil(document.body.getBoundingClientRect().bottom);
}`);
const png = await page.screenshot();
await page.close();
await rm(dir, { recursive: true });
const picture = sharp(png).extract({ left: 0, top: 0, width: 1080, height: Number(height) + 16 });
await writeFileAtomic(
  process.argv[2],
  await picture.resize({ width: 800 }).png({ palette: true }).toBuffer(),
);
