import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browserMissing, openBrowser, openPage, problemsOf } from "../../../../test/browser.ts";
import { bundlePage, ORT_FILES } from "../../../../test/bundle-page.ts";
import { type Site, servePage } from "../../../../test/serve-page.ts";
import { slow } from "../../../../test/slow.ts";

let dir: string;
let isolated: Site;
let plain: Site;
let browser: Browser;

before(async () => {
  if (browserMissing) return;
  dir = await mkdtemp(join(tmpdir(), "amface-web-"));
  await bundlePage(join(import.meta.dirname, "programs", "backend.ts"), dir);
  const folders = { "/": dir, "/ort/": ORT_FILES };
  const csp = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:";
  isolated = await servePage(folders, { csp });
  plain = await servePage(folders, { isolated: false });
  browser = await openBrowser({ webgpu: true });
});
after(async () => {
  if (browserMissing) return;
  await browser.close();
  await Promise.all([isolated.close(), plain.close(), rm(dir, { recursive: true })]);
});

/** A page whose checks can be called, and what went wrong in it. */
async function open(
  site: Site,
): Promise<{ page: Page; problems: string[]; check<T>(call: string): Promise<T> }> {
  const page = await openPage(browser, `${site.url}/`, "checks");
  const problems = problemsOf(page);
  return { page, problems, check: (call) => page.evaluate(`checks.${call}`) };
}

/** Megabytes that Chromium's processes for pages and graphics hold in memory. */
async function resident(): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer" || type === "GPU")
    .map(({ id }) => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1000);
  return sizes.reduce((sum, size) => sum + size, 0);
}

for (const device of ["wasm", "webgpu"] as const) {
  describe(`onnxruntime-web on ${device}`, { skip: browserMissing }, () => {
    // SwiftShader takes a minute.
    const tooSlow = device === "webgpu" && !slow() && "slow: run with AMFACE_SLOW=1";
    let page: Page;
    let problems: string[];
    let check: <T>(call: string) => Promise<T>;
    before(async () => {
      if (browserMissing) return;
      ({ page, problems, check } = await open(isolated));
    });
    after(() => page?.close());

    test("starts under a content security policy without eval and blobs, and says with how many threads", async () => {
      const {
        device: used,
        threads,
        reason,
      } = await check<{ device: string; threads: number; reason: string }>(`start("${device}")`);
      assert.equal(used, device);
      assert.equal(threads, await page.evaluate("navigator.hardwareConcurrency"));
      assert.match(reason, /cores/);
    });

    test("kernels give what the backend cpu gives", { skip: tooSlow }, async () => {
      const { compared, differences } = await check<{ compared: number; differences: unknown[] }>(
        "kernels()",
      );
      assert.deepEqual(differences, []);
      assert.ok(compared > 30);
    });

    test("dataSync() gives what is known, and says else that data() is to be awaited", async () => {
      const got = await check<{ written: number[]; error: string; left: boolean; after: unknown }>(
        "readAtOnce()",
      );
      assert.deepEqual(got.written, [1, 2]);
      assert.match(got.error, /^Cannot read a tensor at once in a browser: expected await tensor\.data\(\)/);
      assert.equal(got.left, device === "webgpu");
      if (got.left) assert.match(String(got.after), /expected await tensor\.data\(\)/);
      else assert.deepEqual(got.after, [-1, -2]);
    });

    test("kernels without an ONNX form run in the middle of a program", async () => {
      const [angles, spectrum, values, indices] = await check<number[][]>("withoutOnnxForm()");
      for (const angle of angles) assert.ok(Math.abs(angle - 1.5 * Math.PI) < 1e-5, `${angles}`);
      assert.deepEqual(spectrum.map(Math.round), [14, -2, -2]);
      assert.deepEqual(values.map(Math.round), [25, 16]);
      assert.deepEqual(indices, [3, 2]);
    });

    test("tensors may be disposed of while they are read, and others made", async () => {
      const { values, left } = await check<{ values: number[][]; left: number }>("meanwhile()");
      assert.deepEqual(values, [[2, 4, 6], [3, 6, 9], [25]]);
      assert.equal(left, 0);
    });

    test("800 steps take no more memory, tensors or models than 200", {
      skip: tooSlow || (process.platform === "linux" ? false : "reads /proc"),
    }, async () => {
      const samples: { tensors: number; models: number; onDevice: boolean; megabytes: number }[] = [];
      for (let i = 0; i < 4; i++) {
        const counted = await check<{ tensors: number; models: number; onDevice: boolean }>("longRun(200)");
        await page.requestGC();
        samples.push({ ...counted, megabytes: await resident() });
      }
      console.log(`    ${device}: ${samples.map(({ megabytes }) => megabytes.toFixed(0)).join(", ")} MB`);
      for (const { tensors, models, onDevice, megabytes } of samples) {
        assert.equal(tensors, samples[0].tensors);
        assert.equal(models, samples[0].models);
        assert.equal(onDevice, device === "webgpu");
        // Kept by mistake, 600 steps' weights and slots would take 316 MB; garbage, up to 100, comes and goes.
        assert.ok(megabytes < samples[0].megabytes + 150, `${samples[0].megabytes} became ${megabytes}`);
      }
    });

    test("another device goes on with the tensors that exist", async () => {
      const other = device === "wasm" ? "webgpu" : "wasm";
      assert.deepEqual(await check(`changeDevice("${other}")`), {
        device: other,
        values: [1, 3, 5, 7, 9, 11],
      });
    });

    test("nothing was said on the console", () => {
      assert.deepEqual(problems, []);
    });
  });
}

test("a page that is not cross-origin isolated computes with one thread and says how to have more", {
  skip: browserMissing,
}, async () => {
  const { page, problems, check } = await open(plain);
  const { threads, reason } = await check<{ threads: number; reason: string }>(
    `start("wasm", { wasmPaths: "/ort/", threads: 2 })`,
  );
  assert.equal(threads, 1);
  assert.match(
    reason,
    /Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp/,
  );
  assert.deepEqual(await check<unknown>("meanwhile()"), { values: [[2, 4, 6], [3, 6, 9], [25]], left: 0 });
  assert.deepEqual(problems, []);
  await page.close();
});

test("files that are missing, a browser without WebGPU and options that make no sense are told", {
  skip: browserMissing,
}, async () => {
  const { page, check } = await open(isolated);
  type Problem = { name: string; message: string };
  const missing = await check<Problem>(`start("wasm", { wasmPaths: "/nowhere/" })`);
  assert.equal(missing.name, "OrtUnavailableError");
  assert.match(
    missing.message,
    /files of onnxruntime-web 1\.30\.0 where wasmPaths says.*node_modules\/onnxruntime-web\/dist/,
  );
  assert.match((await check<Problem>(`start("cuda")`)).message, /expected one of wasm, webgpu/);
  assert.match(
    (await check<Problem>(`start("wasm", { threads: 0 })`)).message,
    /positive number of threads, got 0/,
  );
  await page.close();
  const without = await openBrowser();
  try {
    const other = await openPage(without, `${plain.url}/`, "checks");
    const { message } = await other.evaluate<Problem>(`checks.start("webgpu")`);
    assert.match(
      message,
      /^Cannot use device webgpu: expected a graphics adapter, got .*; .* or the device wasm$/,
    );
  } finally {
    await without.close();
  }
});
