import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { browserMissing, openBrowser, problemsOf } from "../../../test/browser.ts";
import { type Site, servePage } from "../../../test/serve-page.ts";
import { slow } from "../../../test/slow.ts";
import { buildPage } from "./build-page.ts";

const skip = browserMissing || (!slow() && "slow: run with AMFACE_SLOW=1");
const WAIT = { timeout: 250_000 };

let builds: readonly [first: string, other: string];
let served: string;
let site: Site;
let browser: Browser;
let context: BrowserContext;
before(async () => {
  if (skip) return;
  const first = await buildPage();
  builds = [first, await changed(first)];
  served = await mkdtemp(join(tmpdir(), "amface-served-"));
  site = await servePage({ "/": served }, { isolated: false });
  browser = await openBrowser();
  context = await browser.newContext();
});
after(async () => {
  if (skip) return;
  await browser.close();
  await site.close();
  await Promise.all([...builds, served].map((folder) => rm(folder, { recursive: true })));
});

const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");
const scriptOf = async (build: string) =>
  /src="\.\/assets\/(.*?)"/.exec(await readFile(join(build, "index.html"), "utf8"))?.[1] as string;

/** A build as it would be with other code and another `box.json`: names, checksums and version are others, too. */
async function changed(build: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "amface-web-"));
  await cp(build, folder, { recursive: true });
  let worker = await readFile(join(folder, "sw.js"), "utf8");
  const edit = async (name: string, make: (text: string) => string) => {
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), make(text));
    assert.ok(worker.includes(sha256Of(text)), name);
    worker = worker.replace(sha256Of(text), sha256Of(make(text)));
  };
  const script = await scriptOf(folder);
  await edit(`assets/${script}`, (code) => `${code}\ndocument.documentElement.dataset.build = "other";`);
  await edit("index.html", (page) => page.replace(script, "index-other.js"));
  await edit("box/box.json", (box) => box.replace('"embedder": {', '"embedder": { "other": true,'));
  await rename(join(folder, "assets", script), join(folder, "assets", "index-other.js"));
  worker = worker.replace(script, "index-other.js").replace(/amface-[0-9a-f]{16}/, "amface-other");
  await writeFile(join(folder, "sw.js"), worker);
  return folder;
}

/** Puts a build in the place of what is served. */
async function deploy(build: string, but: (path: string) => boolean = () => false): Promise<void> {
  for (const name of await readdir(served)) await rm(join(served, name), { recursive: true });
  await cp(build, served, { recursive: true, filter: (path) => !but(path) });
}

const ready = (page: Page) => page.waitForSelector("html[data-ready]", WAIT);

async function visit(): Promise<{ page: Page; problems: string[] }> {
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT.timeout);
  const problems = problemsOf(page);
  await page.goto(`${site.url}/`);
  await ready(page);
  return { page, problems };
}

/** Which build a page is of, by its code, its page, its box and what is kept. */
async function versionOf(page: Page) {
  return page.evaluate(async () => ({
    code: document.documentElement.dataset.build ?? "first",
    script: document.querySelector<HTMLScriptElement>("script[src]")?.src.split("/").at(-1),
    box: (await (await fetch("box/box.json")).json()).embedder.other ? "other" : "first",
    kept: (await caches.keys()).length,
    isolated: crossOriginIsolated,
  }));
}

test("a page that is deployed anew is taken whole at the next visit, while an open one goes on; it works offline", {
  skip,
  timeout: 600_000,
}, async () => {
  const [first, other] = builds;
  await deploy(first);
  const old = await visit();
  const firstScript = await scriptOf(first);
  assert.deepEqual(await versionOf(old.page), {
    ...{ code: "first", script: firstScript, box: "first", kept: 1, isolated: true },
  });
  const { detector } = await old.page.evaluate(async () => (await fetch("box/box.json")).json());
  const load = `fetch("box/${detector.file}").then((it) => it.arrayBuffer()).then((it) => it.byteLength)`;
  assert.equal(await old.page.evaluate(load), detector.bytes);

  await deploy(other, (path) => path.includes(detector.file));
  const now = await visit();
  const otherScript = await scriptOf(other);
  assert.notEqual(otherScript, firstScript);
  const expected = { code: "other", script: otherScript, box: "other", isolated: true };
  assert.deepEqual(await versionOf(now.page), { ...expected, kept: 2 });
  assert.equal(
    await old.page.evaluate(`fetch("assets/${firstScript}").then((it) => it.status)`),
    200,
    "the open page still has its files",
  );
  await old.page.close();

  await now.page.reload();
  await ready(now.page);
  await now.page.waitForFunction("caches.keys().then((names) => names.length === 1)", null, WAIT);
  await context.setOffline(true);
  await now.page.reload();
  await ready(now.page);
  assert.deepEqual(await versionOf(now.page), { ...expected, kept: 1 });
  assert.equal(await now.page.evaluate(load), detector.bytes, "what both builds have was not loaded again");
  await context.setOffline(false);
  assert.deepEqual([...old.problems, ...now.problems.filter((it) => !/sw\.js/.test(it))], []);

  // Half of a build is none.
  await deploy(first);
  await cp(join(other, "index.html"), join(served, "index.html"));
  await now.page.evaluate("sessionStorage.clear()");
  await now.page.reload();
  await ready(now.page);
  assert.deepEqual(await versionOf(now.page), { ...expected, kept: 1 });
  await now.page.close();
});

test("where a new build cannot be taken while the page is open, its foot says why, until one is taken", {
  skip,
  timeout: 600_000,
}, async () => {
  const [first, other] = builds;
  await deploy(first);
  const open = await browser.newContext();
  const page = await open.newPage();
  await page.goto(`${site.url}/`);
  await ready(page);
  const update = () =>
    page.evaluate(
      "navigator.serviceWorker.getRegistration().then((it) => it.update()).then(() => {}, () => {})",
    );
  const says = (pattern: RegExp) =>
    page.waitForFunction(
      ([source]) => new RegExp(source).test(document.getElementById("here")?.textContent ?? ""),
      [pattern.source],
      WAIT,
    );
  await says(/works without a network\. $/);
  await deploy(other);
  await cp(join(first, "index.html"), join(served, "index.html"));
  await update();
  await says(
    /works without a network\. A newer version of this page was not taken: Cannot keep .*: a file of another build, .*as they were built$/,
  );
  await deploy(other);
  await update();
  await says(/works without a network\. $/);
  await open.close();
});

test("a file that does not come keeps no page from starting, and the page names it", {
  skip,
  timeout: 600_000,
}, async () => {
  await deploy(builds[0]);
  const stalling = await browser.newContext();
  await stalling.route("**/*.css", (route) =>
    route.request().serviceWorker() ? new Promise<void>(() => {}) : route.continue(),
  );
  const page = await stalling.newPage();
  await page.goto(`${site.url}/`);
  await ready(page);
  assert.match(
    (await page.textContent("#here")) ?? "",
    /Without a service worker .*Cannot load \/assets\/.*\.css: expected more of it within 10 seconds, got nothing/,
  );
  await stalling.close();
});
