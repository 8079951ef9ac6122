import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browserMissing, openBrowser, openPage } from "../../../../test/browser.ts";
import { bundlePage, ORT_FILES } from "../../../../test/bundle-page.ts";
import { type Site, servePage } from "../../../../test/serve-page.ts";

let dir: string;
let isolated: Site;
let plain: Site;
let browser: Browser;

before(async () => {
  if (browserMissing) return;
  dir = await mkdtemp(join(tmpdir(), "amface-web-pending-"));
  await bundlePage(join(import.meta.dirname, "programs", "pending.ts"), dir);
  const folders = { "/": dir, "/ort/": ORT_FILES };
  isolated = await servePage(folders);
  plain = await servePage(folders, { isolated: false });
  browser = await openBrowser({ webgpu: true });
});
after(async () => {
  if (browserMissing) return;
  await browser.close();
  await Promise.all([isolated.close(), plain.close(), rm(dir, { recursive: true })]);
});

const check = <T>(page: Page, call: string): Promise<T> => page.evaluate(`checks.${call}`);

for (const device of ["wasm", "webgpu"] as const) {
  describe(`calls that are still to be computed on ${device}`, { skip: browserMissing }, () => {
    let page: Page;
    before(async () => {
      if (browserMissing) return;
      page = await openPage(browser, `${plain.url}/`, "checks");
      await check(page, `start("${device}")`);
    });
    after(() => page?.close());

    test("reshapes of them, of complex numbers as well, part no model in two", async () => {
      assert.deepEqual(await check(page, "reshapes()"), {
        ...{ models: 1, values: [1, 4, 9, 16] },
        shapes: [
          [2, 2],
          [2, 2],
        ],
        parts: [
          [-1, -2, -3, -4],
          [-2, -4, -6, -8],
        ],
      });
    });

    test("a tensor that a failed run left can be read by a kernel in JavaScript and again", async () => {
      const { error, ...values } = await check<{ error: string }>(page, "afterFailure()");
      assert.match(error, /Unique in a browser: expected a result of shape \[1\].*got \[2\]/);
      assert.deepEqual(values, { largest: [3], kept: [2, 3, 3] });
    });

    test("the reshape of a computed tensor can be read by a kernel in JavaScript and again", async () => {
      assert.deepEqual(await check(page, "reshapeTwice()"), [
        [2, 3, 4, 5],
        [3, 5],
        [4, 9, 16, 25],
        [2, 3, 4, 5],
      ]);
    });

    test("kernels in JavaScript take and make arrays of ones", async () => {
      const { angles, spectrum } = await check<Record<string, number[]>>(page, "ones()");
      assert.equal(angles.length, 300);
      for (const angle of angles) assert.ok(Math.abs(angle - Math.PI / 4) < 1e-6, `${angle}`);
      assert.deepEqual(spectrum, new Array(256).fill(1));
    });

    test("a check compares what a compiled function makes out of JavaScript, which replays have moved to the device", async () => {
      const { values, error } = await check<{ values: number[][]; error: string }>(page, "checked()");
      assert.deepEqual(values, new Array(7).fill([1, 20]));
      assert.match(error, /got that it made 3 out of JavaScript where it made 2 before/);
    });

    test("the same device chosen again keeps the models", async () => {
      assert.deepEqual(await check(page, `sameDevice("${device}")`), { models: 0, values: [1, 2, 3] });
    });
  });
}

test("models are kept however many threads they share", { skip: browserMissing }, async () => {
  const page = await openPage(browser, `${isolated.url}/`, "checks");
  await check(page, `start("wasm", 9)`);
  assert.deepEqual(await check(page, "rounds()"), [80, 0]);
  await page.close();
});

test("a device that is chosen while the backend is being made is the one it runs on", {
  skip: browserMissing,
}, async () => {
  const page = await openPage(browser, `${plain.url}/`, "checks");
  let release = () => {};
  const chosen = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The files of wasm, where onnxruntime-web looks for them by itself.
  await page.route(/:\d+\/ort-wasm/, async (route) => {
    await chosen;
    await route.fulfill({ path: join(ORT_FILES, basename(new URL(route.request().url()).pathname)) });
  });
  await check(page, "chooseMeanwhile()");
  release();
  assert.equal(await check(page, "deviceMade()"), "webgpu");
  await page.close();
});

test("time() counts calls that are made while a tensor is read", { skip: browserMissing }, async () => {
  const page = await openPage(browser, `${plain.url}/`, "checks");
  await check(page, `start("wasm")`);
  const { alone, meanwhile } = await check<Record<string, number>>(page, "timed()");
  assert.ok(alone > 5 && meanwhile > alone / 5, `${meanwhile} ms, alone ${alone} ms`);
  await page.close();
});
