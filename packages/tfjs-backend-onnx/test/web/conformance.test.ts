import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { browserMissing, openBrowser } from "../../../../test/browser.ts";
import { bundlePage, ORT_FILES } from "../../../../test/bundle-page.ts";
import { type Site, servePage } from "../../../../test/serve-page.ts";
import { slow } from "../../../../test/slow.ts";
import type { SpecReport } from "../conformance/jasmine-run.ts";
import { passed, runSpecs } from "../conformance/spec-process.ts";

/** What is run always: what nets, losses and optimizers call. */
const FEW =
  "^(conv2d|depthwiseConv2D|matmul|softmax|prelu|maxPool|MomentumOptimizer|AdamOptimizer|topk|1D RFFT) ";

/** Specs that cannot run in a page: they read at once, or are about Node, a mock canvas or the backend cpu alone. */
const NOT_HERE =
  /^(debug on|Switching cpu backends|time cpu|http-load fetch|fromPixels, mock canvas|profiler\.Profiler|tensor dataSync|tensor arraySync|tensor\.toString|slice {2}backend \{\} shallow slicing backend \{\} delayed sync read)/;

const skip = browserMissing || (process.versions.bun ? false : "bundles with Bun");

let dir: string;
let site: Site;
let browser: Browser;

before(async () => {
  if (skip) return;
  dir = await mkdtemp(join(tmpdir(), "amface-web-specs-"));
  await bundlePage(join(import.meta.dirname, "programs", "specs.ts"), dir);
  site = await servePage({ "/": dir, "/ort/": ORT_FILES });
  browser = await openBrowser();
});
after(async () => {
  if (skip) return;
  await browser.close();
  await Promise.all([site.close(), rm(dir, { recursive: true })]);
});

async function runInPage(filter: string): Promise<SpecReport> {
  const page = await browser.newPage();
  await page.goto(`${site.url}/?filter=${encodeURIComponent(filter)}`);
  await page.waitForFunction("globalThis.report", undefined, { timeout: 280_000, polling: 200 });
  const report = await page.evaluate<SpecReport>("globalThis.report");
  await page.close();
  return report;
}

test("the specs of what nets call pass on onnxruntime-web in Chromium", { skip }, async () => {
  const { specs, compilations } = await runInPage(FEW);
  const failures = Object.entries(specs).filter(([, status]) => status !== "passed" && status !== "excluded");
  assert.deepEqual(failures, []);
  const count = passed({ specs, compilations }).length;
  console.log(`    ${count} specs by ${compilations} models`);
  assert.ok(count > 200, `${count} ran`);
  assert.ok(compilations > 100, "the specs ran on kernels of cpu");
});

test("TensorFlow.js's own specs pass on onnxruntime-web wherever they pass on cpu, but for those that a page cannot run", {
  skip: skip || (!slow() && "slow: run with AMFACE_SLOW=1"),
}, async () => {
  const exceptions: Record<string, string> = JSON.parse(
    await readFile(join(import.meta.dirname, "exceptions.json"), "utf8"),
  );
  const cpu = passed(await runSpecs("cpu"));
  const { specs, compilations } = await runInPage("");
  const failures = cpu.filter((name) => specs[name] !== "passed");
  console.log(
    `    cpu passes ${cpu.length} specs and onnxruntime-web ${cpu.length - failures.length} of them, by ${compilations} models`,
  );
  const here = failures.filter((name) => !NOT_HERE.test(name) || name in specs);
  assert.deepEqual(
    here.filter((name) => !(name in exceptions)).map((name) => `${name}: ${specs[name] ?? "did not run"}`),
    [],
  );
  assert.deepEqual(
    Object.keys(exceptions).filter((name) => !here.includes(name)),
    [],
    "exceptions that are none",
  );
  assert.ok(cpu.length - failures.length > 4150, `${cpu.length - failures.length} ran`);
  assert.ok(compilations > 1000, "the specs ran on kernels of cpu");
});
