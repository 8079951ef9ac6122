import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { alignFace, detectFaces, loadDetector, rankFaces } from "@amface/align";
import { renderFace } from "@amface/data";
import { encodePng } from "@amface/images";
import {
  decide,
  evaluate,
  parseDistances,
  readThresholdCard,
  squaredDistances,
  type ThresholdCard,
  withMirrored,
} from "@amface/lfw-eval";
import { decodeNet, embedder } from "@amface/nets";
import { readWeights, WEIGHTS_DIR } from "@amface/weights";
import * as tf from "@tensorflow/tfjs-core";
import { type Browser, type BrowserContext, chromium as launcher, type Page } from "playwright-core";
import { browserMissing, problemsOf } from "../../../test/browser.ts";
import { chromium } from "../../../test/chromium.ts";
import { type Site, servePage } from "../../../test/serve-page.ts";
import { slow } from "../../../test/slow.ts";
import type { Box } from "../src/box.ts";
import { buildPage } from "./build-page.ts";
import { assertFlat, type Memory, memoryOf } from "./memory.ts";

const skip = browserMissing || (!slow() && "slow: run with AMFACE_SLOW=1");
/** What a step in the page may take on a busy machine. */
const WAIT = { timeout: 250_000 };
const ARGS = [
  ...["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--use-fake-device-for-media-stream"],
  "--enable-blink-features=ForceEagerMeasureMemory",
];

let built: string;
let card: ThresholdCard;
let site: Site;
let browser: Browser;
before(async () => {
  if (skip) return;
  built = await buildPage();
  card = await readThresholdCard(join(WEIGHTS_DIR, "embedder.thresholds.json"));
  site = await servePage({ "/": built }, { isolated: false });
  browser = await launcher.launch({ executablePath: chromium(), args: ARGS });
});
after(async () => {
  if (skip) return;
  await browser.close();
  await site.close();
  await rm(built, { recursive: true });
});

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly problems: string[];
}

/** Opens the page and closes it after `work`; nothing may have gone wrong, nor asked another place for anything. */
async function open(
  path: string,
  work: (opened: Opened) => Promise<void>,
  options: object = {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT.timeout);
  const problems = problemsOf(page);
  const elsewhere: string[] = [];
  context.on("request", (request) => {
    if (!request.url().startsWith(site.url) && !/^(blob|data):/.test(request.url()))
      elsewhere.push(request.url());
  });
  try {
    await page.goto(`${site.url}/${path}`);
    await page.waitForSelector("html[data-ready]");
    await work({ page, context, problems });
    assert.deepEqual(elsewhere, []);
  } finally {
    await context.close();
  }
}

/** Keeps a picture of the page where `AMFACE_SCREENSHOTS` names a folder. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.AMFACE_SCREENSHOTS;
  if (folder) await writeFile(join(folder, `${name}.png`), await page.screenshot({ fullPage: true }));
}

const photo = (who: number, number: number) => renderFace(who, number, { size: 200 }).image;
const png = async (who: number, number: number) => ({
  ...{ name: `person-${who}-${number}.png`, mimeType: "image/png" },
  buffer: Buffer.from(await encodePng(photo(who, number))),
});
const boxOf = async (): Promise<Box> => JSON.parse(await readFile(join(built, "box", "box.json"), "utf8"));
const file = (name: string, text: string) => ({ name, mimeType: "", buffer: Buffer.from(text) });

/** The distance that Node computes of two photos' main faces. */
async function distanceInNode(photos: readonly (readonly [number, number])[]): Promise<number> {
  await tf.setBackend("onnx");
  const detector = await loadDetector();
  const { net } = decodeNet((await readWeights("embedder")).bytes, "the embedder");
  const crops = photos.map(([who, number]) => {
    const image = photo(who, number);
    return alignFace(image, rankFaces(detectFaces(detector, image), image)[0].landmarks);
  });
  const data = await withMirrored(embedder(net), card.flip)(crops);
  detector.dispose();
  net.model.dispose();
  return squaredDistances({ data, size: data.length / 2 }, [{ a: 0, b: 1 }])[0];
}

async function verify(page: Page): Promise<string> {
  const inputs = page.locator("#verify input[type=file]");
  await inputs.nth(0).setInputFiles(await png(3, 1));
  await page.waitForSelector("fieldset:nth-child(1) .crop");
  await inputs.nth(1).setInputFiles(await png(4, 2));
  await page.waitForSelector("#verdict .said");
  return (await page.textContent("#verdict")) ?? "";
}

test("what the page loads before its first answer is under 20 MB, with the code", { skip }, async () => {
  const folder = built;
  const files = await readdir(folder, { recursive: true });
  assert.ok(!files.some((name) => /\.wasm$/.test(name)), "only the box's own WebAssembly");
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`    ${(total / 1e6).toFixed(1)} MB in all`);
  assert.ok(total < 20e6, `${total}`);
  const { POLICY } = await import("../src/headers.ts");
  assert.ok((await readFile(join(folder, "index.html"), "utf8")).includes(POLICY));
});

test("two photos are compared as Node compares them; without a network too", {
  skip,
  timeout: 600_000,
}, async () => {
  await open("", async ({ page, context, problems }) => {
    assert.equal(await page.evaluate("crossOriginIsolated"), true);
    const expected = await distanceInNode([
      [3, 1],
      [4, 2],
    ]);
    await page.evaluate(() => {
      const seen = new Set<string>();
      const slots = document.getElementById("slots") as HTMLElement;
      new MutationObserver(() => {
        for (const { alt } of slots.querySelectorAll("img")) seen.add(alt.split(",")[0]);
        slots.dataset.seen = [...seen].join();
      }).observe(slots, { childList: true, subtree: true });
    });
    await page
      .locator("#verify input[type=file]")
      .nth(0)
      .setInputFiles(await png(5, 1));
    const said = await verify(page);
    assert.equal(
      await page.getAttribute("#slots", "data-seen"),
      "person-3-1.png,person-4-2.png",
      "a photo that was replaced is not shown",
    );
    const distance = Number(/Distance ([\d.]+)/.exec(said)?.[1]);
    assert.ok(Math.abs(distance - expected) < 2e-3, `${distance}, not ${expected}`);
    const { decision } = decide(card, expected, 1e-3);
    assert.ok(
      said.startsWith(
        { same: "The same person", different: "Different people", unsure: "Not sure" }[decision],
      ),
      said,
    );
    assert.match((await page.getAttribute("#here", "data-threads")) ?? "", /^\d+: /);
    await shoot(page, "verify");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 360, height: 740 });
    await shoot(page, "verify-phone-dark");
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    await context.setOffline(true);
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    assert.equal(await verify(page), said);
    assert.deepEqual(problems, []);
  });
});

test("tabs and photos are reached by keys, and everything has a name", {
  skip,
  timeout: 600_000,
}, async () => {
  await open("", async ({ page, problems }) => {
    await page.focus("#tab-verify");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate("document.activeElement.id"), "tab-explore");
    assert.equal(await page.isVisible("#explore"), true);
    await page.keyboard.press("End");
    assert.equal(await page.isVisible("#evaluate"), true);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.id"), "evaluate-files");
    for (const role of ["button", "tab", "spinbutton"] as const) {
      for (const control of await page.getByRole(role, { includeHidden: true }).all()) {
        assert.notEqual(
          await control.evaluate((it) =>
            (it.textContent || (it as HTMLInputElement).labels?.[0]?.textContent || "").trim(),
          ),
          "",
        );
      }
    }
    assert.deepEqual(problems, []);
  });
});

test("the faces of many photos are sorted by similarity and grouped", {
  skip,
  timeout: 600_000,
}, async () => {
  await open("#explore", async ({ page, problems }) => {
    const broken = { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no photo") };
    const photos = [await png(3, 1), await png(4, 2), await png(3, 1), broken];
    // A second choice takes the first one's place.
    await page.setInputFiles("#explore-files", [await png(5, 1), await png(6, 1)]);
    await page.setInputFiles("#explore-files", photos);
    await page.waitForSelector("#explore-groups:not([hidden])");
    assert.match(
      (await page.textContent("#explore-problems")) ?? "",
      /Cannot read broken\.jpg: expected a whole JPEG/,
    );
    assert.equal(await page.locator("#explore-faces li").count(), 3);
    assert.match((await page.textContent("#explore-groups")) ?? "", /[23] faces/);
    await page.click("#explore-faces li:nth-child(1) button");
    await page.waitForSelector("#explore-order:not([hidden])");
    const order = await page.locator("#explore-faces li").allTextContents();
    assert.match(order[0], /person-3-1\.png: (this one|distance 0\.00)/);
    assert.match(order[1], /person-3-1\.png: (this one|distance 0\.00)/);
    assert.match(order[2], /person-4-2\.png: distance 0\.\d*[1-9]|distance [1-3]/);
    await shoot(page, "explore");
    assert.deepEqual(problems, []);
  });
});

test("a net is trained, stopped and trained on, and measured beside the untrained one", {
  skip,
  timeout: 600_000,
}, async () => {
  await open("#train", async ({ page, problems }) => {
    for (const [name, value] of [
      ["identities", "6"],
      ["photos", "4"],
      ["steps", "12"],
    ])
      await page.fill(`[name=${name}]`, value);
    // A stop counts where the training still waits for another task.
    await page.setInputFiles("#explore-files", [await png(3, 1)]);
    await page.click("#train-start");
    await page.click("#train-stop");
    await page.waitForFunction(() =>
      document.getElementById("train-status")?.textContent?.startsWith("Stopped before"),
    );
    await page.click("#train-start");
    await page.waitForSelector("#train-status[data-step]");
    await page.click("#train-stop");
    await page.waitForSelector("#train-on:enabled");
    const tensors = await page.getAttribute("#train-status", "data-tensors");
    const first = Number(await page.getAttribute("#train-status", "data-loss"));
    await page.fill("[name=steps]", "20");
    await page.click("#train-on");
    await page.waitForFunction(
      () => document.getElementById("train-status")?.textContent === "Trained.",
      null,
      WAIT,
    );
    assert.equal(await page.getAttribute("#train-status", "data-step"), "12");
    assert.equal(await page.getAttribute("#train-status", "data-tensors"), tensors);
    assert.ok(Number(await page.getAttribute("#train-status", "data-loss")) < first, "the loss falls");
    const rows = await page.locator("#train-result tbody tr").allTextContents();
    assert.match(rows[0], /^untrained\d+\.\d % ± [\d.]+[01]\.\d{3}$/);
    assert.match(rows[1], /^trained for 12 steps\d+\.\d % ± /);
    assert.equal(await page.locator("#train-charts svg").count(), 2);
    await shoot(page, "train");
    assert.deepEqual(problems, []);
  });
});

test("a net is trained without memory growing", { skip, timeout: 900_000 }, async () => {
  await open("#train", async ({ page, problems }) => {
    for (const [name, value] of [
      ["identities", "6"],
      ["photos", "4"],
      ["steps", "240"],
    ])
      await page.fill(`[name=${name}]`, value);
    await page.click("#train-start");
    const measured: Memory[] = [];
    for (const step of [40, 240]) {
      await page.waitForFunction(
        (step) => Number(document.getElementById("train-status")?.dataset.step ?? 0) >= step,
        step,
        { timeout: 800_000 },
      );
      measured.push({
        ...(await memoryOf(page)),
        tensors: await page.getAttribute("#train-status", "data-tensors"),
      });
    }
    assertFlat(measured, "steps");
    assert.deepEqual(problems, []);
  });
});

test("a report of distances has evaluate()'s numbers; files that are none say so", {
  skip,
  timeout: 600_000,
}, async () => {
  const csv = `issame,distance\n${Array.from({ length: 600 }, (_, i) => `${i % 2},${((i % 2 ? 0.4 : 1.3) + ((i * 37) % 100) / 100).toFixed(4)}`).join("\n")}`;
  const { distances, issame } = parseDistances(csv);
  const { accuracy, auc } = evaluate(distances, issame);
  await open("#evaluate", async ({ page, problems }) => {
    await page.setInputFiles("#evaluate-files", file("distances.csv", csv));
    await page.waitForSelector("#evaluate-report table");
    const report = (await page.textContent("#evaluate-report")) ?? "";
    assert.ok(
      report.includes(`${(100 * accuracy.mean).toFixed(2)} % ± ${(100 * accuracy.std).toFixed(2)}`),
      report,
    );
    assert.ok(report.includes(`AUC${auc.toFixed(4)}`), report);
    await shoot(page, "evaluate");
    await page.setInputFiles("#evaluate-files", file("distances.csv", "issame,distance\n1,far"));
    await page.waitForSelector("#evaluate-report .problem");
    assert.match(
      (await page.textContent("#evaluate-report")) ?? "",
      /Cannot read distances\.csv line 2: expected a finite distance/,
    );
    await page.setInputFiles("#evaluate-files", file("what.json", "[]"));
    await page.waitForFunction(() =>
      /expected one \.csv/.test(document.getElementById("evaluate-report")?.textContent ?? ""),
    );
    assert.deepEqual(problems, []);
  });
});

test("the camera's frames are searched without memory growing; a blocked one says what to do", {
  skip,
  timeout: 600_000,
}, async () => {
  await open("", async ({ page }) => {
    await page.click(".camera");
    await page.waitForSelector("#camera .problem");
    assert.match(
      (await page.textContent("#camera")) ?? "",
      /Cannot use a camera: it is blocked .* or choose a photo instead/,
    );
  });
  await open(
    "",
    async ({ page, problems }) => {
      const frame = (count: number) =>
        page.waitForFunction(
          (count) =>
            Number((document.querySelector("#camera .small") as HTMLElement | null)?.dataset.frames) >= count,
          count,
          { timeout: 400_000 },
        );
      const memory = async (): Promise<Memory> => ({
        ...(await memoryOf(page)),
        tensors: await page.getAttribute("#camera .small", "data-tensors"),
      });
      await page.click(".camera");
      await frame(1);
      const stream = await page.evaluateHandle(
        () => document.querySelector("video")?.srcObject as MediaStream,
      );
      const states = () =>
        stream.evaluate((stream) =>
          stream
            .getTracks()
            .map(({ readyState }) => readyState)
            .join(),
        );
      assert.equal(await states(), "live");
      await page.click("#tab-explore");
      assert.equal(await states(), "ended", "another tab closes the camera");
      await page.click("#tab-verify");
      await page.click(".camera");
      await frame(40);
      const before = await memory();
      await frame(240);
      const now = await memory();
      // Frames that are not collected yet take up to 420 MB: all that there is after 640, and after 1,040.
      assertFlat([before, now], "frames", { uncollected: 600e6 });
      await page.getByRole("button", { name: "Take the photo" }).click();
      await page.waitForSelector("fieldset:nth-child(1) .photo img");
      assert.deepEqual(problems, []);
    },
    { permissions: ["camera"] },
  );
});

test("without isolation, WebGPU or an embedder the page says what it can do", {
  skip,
  timeout: 600_000,
}, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems = problemsOf(page);
  await page.addInitScript("delete Navigator.prototype.gpu");
  await page.route("**/box/box.json", async (route) => {
    await route.fulfill({ json: { ...(await boxOf()), embedder: null } });
  });
  await page.goto(`${site.url}/?alone`);
  await page.waitForSelector("html[data-ready]", WAIT);
  const here = (await page.textContent("#here")) ?? "";
  assert.match(
    here,
    /No WebGPU here, and none is needed: WebAssembly on one thread: this page is not cross-origin isolated/,
  );
  assert.match((await page.textContent("#no-embedder")) ?? "", /No embedder is in this page's box/);
  await page
    .locator("#verify input[type=file]")
    .nth(0)
    .setInputFiles(await png(3, 1));
  await page.waitForSelector(".crop", WAIT);
  await page.locator("#verify input[type=file]").nth(1).setInputFiles(file("broken.png", "no photo"));
  await page.waitForSelector(".problem", WAIT);
  assert.match((await page.textContent("#slots")) ?? "", /Cannot read broken\.png: expected a whole JPEG/);
  await page
    .locator("#verify input[type=file]")
    .nth(1)
    .setInputFiles(await png(4, 2));
  await page.waitForSelector("#verdict .problem", WAIT);
  assert.match(
    (await page.textContent("#verdict")) ?? "",
    /Cannot compare the faces: no embedder is in this page's box/,
  );
  assert.deepEqual(problems, []);
  await context.close();
});

test("a service worker that cannot be installed does not keep the page from starting; a file that is another is named", {
  skip,
  timeout: 600_000,
}, async () => {
  const { detector } = await boxOf();
  const bytes = await readFile(join(built, "box", detector.file));
  bytes[bytes.length - 1] ^= 1;
  await writeFile(join(built, "damaged"), bytes);
  const unused = (await readdir(join(built, "assets"))).find((name) => name.startsWith("ort.webgpu"));
  const wrong = await servePage(
    {
      ...{ "/": built, [`/assets/${unused}`]: join(built, "nowhere") },
      [`/box/${detector.file}`]: join(built, "damaged"),
    },
    { isolated: false },
  );
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(wrong.url);
    await page.waitForSelector("html[data-ready]", WAIT);
    assert.match((await page.textContent("#here")) ?? "", /Without a service worker/);
    await page
      .locator("#verify input[type=file]")
      .nth(0)
      .setInputFiles(await png(3, 1));
    await page.waitForSelector("#slots .problem", WAIT);
    assert.match(
      (await page.textContent("#slots")) ?? "",
      new RegExp(
        `Cannot load the detector: expected ${detector.bytes} bytes with SHA-256 ${detector.sha256}, got`,
      ),
    );
  } finally {
    await context.close();
    await wrong.close();
  }
});
