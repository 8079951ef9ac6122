import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { detectFaces, loadDetector } from "@amface/align";
import { renderScene } from "@amface/data";
import { writePng } from "@amface/images";
import { decodeNet, embedder } from "@amface/nets";
import { readWeights } from "@amface/weights";
import * as tf from "@tensorflow/tfjs-core";
import "@amface/tfjs-backend-onnx";
import * as esbuild from "esbuild";
import type { Browser } from "playwright-core";
import * as vite from "vite";
import { installPacked, packAll } from "../scripts/install-packed.ts";
import { browserExample } from "./anywhere/browser-examples.ts";
import { browserMissing, openBrowser, problemsOf } from "./browser.ts";
import { type Site, servePage } from "./serve-page.ts";
import { slow } from "./slow.ts";

const run = promisify(execFile);
const skip = browserMissing || (!slow() && "installs packages (AMFACE_SLOW=1 runs it)");
const PACKAGES = ["align", "lfw-eval", "nets", "tfjs-backend-onnx"] as const;
type Package = (typeof PACKAGES)[number];
const EXAMPLES = PACKAGES.map((folder) => ({ folder, ...browserExample(folder) }));
const SCENE = renderScene(1, { width: 320, height: 240 }).image;

/** Sends a photo to the worker of align's README at once, and logs its answer. */
const ASK = `
const worker = new Worker(new URL("./page.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => console.log(data);
worker.onerror = ({ message }) => console.error(message);
worker.postMessage(await (await fetch("/scene.png")).blob());
`;

let dir: string;
let project: string;
let browser: Browser;
const sites: Record<string, Site> = {};

/** A project with the packed packages and what their READMEs have for a browser, built by both bundlers. */
before(async () => {
  if (skip) return;
  dir = await mkdtemp(join(tmpdir(), "amface-packed-page-"));
  project = join(dir, "project");
  const packed = await packAll(join(dir, "packed"));
  const installs = EXAMPLES.map((example) => example.installs);
  const extra = Object.assign({ "@tensorflow/tfjs": "4.22.0" }, ...installs);
  const names = PACKAGES.map((folder) => `@amface/${folder}`);
  await installPacked(project, packed, names, extra);
  for (const { folder, file, code, copies } of EXAMPLES) {
    await mkdir(join(project, folder));
    await writeFile(join(project, folder, file), code);
    const entry = folder === "align" ? "ask.js" : file;
    await writeFile(join(project, folder, entry), folder === "align" ? ASK : code);
    await writeFile(join(project, folder, "index.html"), html(entry));
    await run("bash", ["-ec", copies], { cwd: project });
  }
  const { path } = await readWeights("embedder");
  await cp(path, join(project, "public", "net.safetensors"));
  await writePng(join(project, "public", "scene.png"), SCENE);
  sites.vite = await servePage({ "/": await byVite() });
  sites.esbuild = await servePage({ "/": await byEsbuild() });
  browser = await openBrowser();
});
after(async () => {
  if (skip) return;
  await browser.close();
  for (const site of Object.values(sites)) await site.close();
  await rm(dir, { recursive: true });
});

const html = (script: string) =>
  `<!doctype html><link rel="icon" href="data:,"><script type="module" src="./${script}"></script>`;

async function byVite(): Promise<string> {
  const input = PACKAGES.map((folder) => join(project, folder, "index.html"));
  await vite.build({
    root: project,
    logLevel: "silent",
    build: { target: "es2022", rollupOptions: { input } },
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...vite.defaultClientConditions] },
  });
  return join(project, "dist");
}

async function byEsbuild(): Promise<string> {
  const built = join(dir, "esbuild");
  for (const { folder, file } of EXAMPLES) {
    const entries = folder === "align" ? [file, "ask.js"] : [file];
    await esbuild.build({
      entryPoints: entries.map((entry) => join(project, folder, entry)),
      outdir: join(built, folder),
      ...{ bundle: true, format: "esm", logLevel: "silent" },
      // What nets' and the backend's READMEs say of esbuild.
      ignoreAnnotations: folder === "nets" || folder === "tfjs-backend-onnx",
      conditions: ["onnxruntime-web-use-extern-wasm"],
      define: { global: "globalThis" },
    });
    await writeFile(join(built, folder, "index.html"), html(entries.at(-1)?.replace(".ts", ".js") as string));
  }
  await cp(join(project, "public"), built, { recursive: true });
  return built;
}

/** What a package's page logs: the values of `count` calls. */
async function logged(bundler: string, folder: Package, count: number): Promise<unknown[]> {
  const page = await browser.newPage();
  const problems = problemsOf(page);
  const values: Promise<unknown>[] = [];
  const finished = new Promise<void>((resolve) => {
    page.on("console", (message) => {
      if (message.type() !== "log") return;
      const plain = (value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value);
      const called = values.push(Promise.all(message.args().map((it) => it.evaluate(plain))));
      if (called === count) resolve();
    });
    page.on("pageerror", () => resolve());
  });
  await page.goto(`${sites[bundler].url}/${folder}/`, { timeout: 120_000 });
  await finished;
  assert.deepEqual(problems, []);
  const all = (await Promise.all(values)).flat();
  await page.close();
  return all;
}

/** What a program prints under Node. */
async function printed(folder: Package): Promise<number[]> {
  const { code } = browserExample(folder);
  const program = join(project, `${folder}.js`);
  await writeFile(program, (await esbuild.transform(code, { loader: "ts" })).code);
  const { stdout } = await run("node", [program], { cwd: project });
  return stdout.match(/^[-\d. ]+$/gm)?.flatMap((line) => line.split(" ").map(Number)) ?? [];
}

function assertNear(got: unknown, expected: readonly number[], tolerance: number): void {
  assert.ok(Array.isArray(got) && got.length === expected.length && expected.length > 0, `${got}`);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(got[i] - value) <= tolerance, `${i}: ${got[i]}, not ${value}`);
}

for (const bundler of ["vite", "esbuild"]) {
  const works = (folder: Package, what: string, work: () => Promise<void>) =>
    test(
      `what ${folder}'s README has for a browser ${what} as ${bundler} builds it`,
      { skip, timeout: 240_000 },
      work,
    );

  works("tfjs-backend-onnx", "trains", async () => {
    const losses = (await logged(bundler, "tfjs-backend-onnx", 20)) as number[];
    assert.ok(losses.every(Number.isFinite) && losses[19] < losses[0], `${losses}`);
  });

  works("align", "finds Node's faces", async () => {
    const detector = await loadDetector();
    const expected = detectFaces(detector, SCENE);
    detector.dispose();
    const [{ faces, crop }] = (await logged(bundler, "align", 1)) as [
      { faces: typeof expected; crop: { width: number; height: number } },
    ];
    const numbers = (found: typeof expected) =>
      found.flatMap(({ box, landmarks }) => [...box, ...landmarks.flat()]);
    assertNear(numbers(faces), numbers(expected), 1e-3);
    assert.deepEqual([crop.width, crop.height], [96, 112]);
  });

  works("nets", "embeds as Node does", async () => {
    await tf.setBackend("onnx");
    const { bytes, path } = await readWeights("embedder");
    const { net } = decodeNet(bytes, path);
    const crop = { data: new Uint8Array(112 * 96 * 3).fill(128), width: 96, height: 112 };
    const expected = await embedder(net)([crop]);
    net.model.dispose();
    const [embeddings] = await logged(bundler, "nets", 1);
    assertNear(embeddings, [...expected], 1e-3);
  });

  works("lfw-eval", "prints what it prints under Node", async () => {
    assertNear(await logged(bundler, "lfw-eval", 1), await printed("lfw-eval"), 1e-12);
  });
}
