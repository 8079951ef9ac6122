import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import * as vite from "vite";
import { installPacked, packAll } from "../scripts/install-packed.ts";
import { browserMissing, openBrowser, problemsOf } from "./browser.ts";
import { servePage } from "./serve-page.ts";
import { slow } from "./slow.ts";

const ROOT = join(import.meta.dirname, "..");
const skip = browserMissing || (!slow() && "installs packages (AMFACE_SLOW=1 runs it)");

let dir: string;
let project: string;

/** A project with the packed package and what its README has for a browser. */
before(async () => {
  if (skip) return;
  dir = await mkdtemp(join(tmpdir(), "amface-packed-page-"));
  project = join(dir, "project");
  const packed = await packAll(join(dir, "packed"));
  const extra = { "@tensorflow/tfjs": "4.22.0", "onnxruntime-web": "1.30.0" };
  await installPacked(project, packed, ["@amface/tfjs-backend-onnx"], extra);
  const readme = await readFile(join(ROOT, "packages", "tfjs-backend-onnx", "README.md"), "utf8");
  const examples = [...readme.matchAll(/^```typescript\n(.*?)^```$/gms)];
  assert.equal(examples.length, 1);
  await writeFile(join(project, "page.ts"), examples[0][1]);
  await writeFile(
    join(project, "index.html"),
    `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.ts"></script>`,
  );
  const ort = join(project, "public", "ort");
  await mkdir(ort, { recursive: true });
  for (const file of ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"])
    await cp(join(project, "node_modules", "onnxruntime-web", "dist", file), join(ort, file));
});
after(async () => {
  if (!skip) await rm(dir, { recursive: true });
});

/** The losses that the page logs, one a step. */
async function lossesOf(built: string): Promise<number[]> {
  const site = await servePage({ "/": built });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const problems = problemsOf(page);
    const losses: number[] = [];
    const finished = new Promise<void>((resolve) => {
      page.on("console", (message) => {
        if (message.type() === "log" && losses.push(Number(message.text())) === 20) resolve();
      });
      page.on("pageerror", () => resolve());
    });
    await page.goto(`${site.url}/`, { timeout: 120_000 });
    await finished;
    assert.deepEqual(problems, []);
    return losses;
  } finally {
    await browser.close();
    await site.close();
  }
}

function assertLearns(losses: readonly number[]): void {
  assert.equal(losses.length, 20);
  assert.ok(losses.every(Number.isFinite) && losses[19] < losses[0], `${losses}`);
}

test("what the README says of a browser works as vite builds it from the packed package", {
  skip,
}, async () => {
  await vite.build({
    root: project,
    logLevel: "silent",
    build: { target: "es2022" },
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...vite.defaultClientConditions] },
  });
  assertLearns(await lossesOf(join(project, "dist")));
});

test("what the README says of a browser works as esbuild builds it from the packed package", {
  skip,
}, async () => {
  const built = join(dir, "esbuild");
  await esbuild.build({
    entryPoints: [join(project, "page.ts")],
    outfile: join(built, "page.js"),
    ...{ bundle: true, format: "esm", ignoreAnnotations: true, logLevel: "silent" },
    conditions: ["onnxruntime-web-use-extern-wasm"],
    define: { global: "globalThis" },
  });
  await cp(join(project, "public"), built, { recursive: true });
  const html = await readFile(join(project, "index.html"), "utf8");
  await writeFile(join(built, "index.html"), html.replace("page.ts", "page.js"));
  assertLearns(await lossesOf(built));
});
