import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { writePng } from "@amface/images";
import { decide, makeThresholdCard, squaredDistances, writeThresholdCard } from "@amface/lfw-eval";
import { createNet, embedder, saveNet, saveTfjs } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import "@amface/tfjs-backend-onnx";
import { chromium, Page } from "./chromium.ts";
import { slow } from "./slow.ts";

const ROOT = join(import.meta.dirname, "..");
const SIZE = { height: 56, width: 48 };
const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };

const needs =
  (chromium() === undefined && "needs chromium") ||
  (process.versions.bun === undefined && "bundles with Bun") ||
  (!slow() && "slow: run with AMFACE_SLOW=1");

async function serve(dir: string): Promise<Server> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname;
    const content = await readFile(join(dir, path)).catch(() => undefined);
    response.statusCode = content ? 200 : 404;
    response.setHeader("content-type", TYPES[path.split(".").at(-1)!] ?? "application/octet-stream");
    response.end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Bundles the page as a user would, from the built packages; everything that it fetches lies beside it. */
async function buildPage(dir: string): Promise<void> {
  const program = join(import.meta.dirname, "programs", "verify-page.ts");
  const bundle = ["build", program, "--target=browser", `--outfile=${join(dir, "page.js")}`];
  // TensorFlow.js registers kernels by calls that it marks as free of effects.
  const { status, stderr } = spawnSync(process.execPath, [...bundle, "--ignore-dce-annotations"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(await readFile(join(dir, "page.js"), "utf8"), /from ?"node:|onnxruntime-node|sharp/);
  await writeFile(
    join(dir, "index.html"),
    `<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>`,
  );
  const wasm = join(ROOT, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
  for (const name of await readdir(wasm))
    if (name.endsWith(".wasm")) await cp(join(wasm, name), join(dir, name));
}

/** A card as `eval --card` writes it, of invented distances. */
function card() {
  const issame = Array.from({ length: 400 }, (_, i) => i % 2 === 0);
  const distances = Float64Array.from(issame, (same, i) => (same ? 0.2 : 0.6) + ((i * 37) % 100) / 100);
  return makeThresholdCard({ distances, issame }, { model: "net", pairs: "invented", flip: "none" });
}

/** The loss of the page's two embeddings, with cosines 0.6 and 0.8, 1 and 0. */
const LOSS = (Math.log1p(Math.exp(24 - 7.5)) + Math.log1p(Math.exp(30 + 10.5))) / 2;

test("a page verifies two crops on wasm and in plain JavaScript as Node does with native kernels", {
  skip: needs,
  timeout: 120_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-page-"));
  await tf.setBackend("onnx");
  const net = createNet("resface-small", { imageSize: [SIZE.height, SIZE.width], seed: 5 });
  const crops = [renderFace(3, 1), renderFace(4, 2)].map(({ image, landmarks }) =>
    alignFace(image, landmarks, SIZE),
  );
  await writePng(join(dir, "a.png"), crops[0]);
  await writePng(join(dir, "b.png"), crops[1]);
  await saveNet(net, join(dir, "net.safetensors"));
  await saveTfjs(net, join(dir, "model"));
  await writeThresholdCard(join(dir, "card.json"), card());
  const embed = embedder(net);
  const [distance] = squaredDistances({ data: await embed(crops), size: embed.size }, [{ a: 0, b: 1 }]);
  assert.ok(distance > 1e-2, `${distance}: the crops should differ`);
  await buildPage(dir);

  const server = await serve(dir);
  const page = await Page.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
  try {
    const title = await page.evaluate(`new Promise((resolve) => {
      const wait = () => document.title ? resolve(document.title) : setTimeout(wait, 50);
      wait();
    })`);
    const { results, loss, error } = JSON.parse(title as string);
    assert.equal(error, undefined);
    assert.deepEqual(
      results.map(({ backend }: { backend: string }) => backend),
      ["wasm", "cpu"],
    );
    for (const result of results) {
      assert.ok(
        Math.abs(result.distance - distance) < 1e-4,
        `${result.backend}: ${result.distance}, not ${distance}`,
      );
      assert.ok(
        Math.abs(result.exported - distance) < 1e-4,
        `${result.backend}: ${result.exported}, not ${distance}`,
      );
      assert.equal(result.decision, decide(card(), distance, 0.1).decision);
    }
    assert.ok(Math.abs(loss - LOSS) < 1e-3, `${loss}, not ${LOSS}`);
    const elsewhere = page.requests.filter((url) => !/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(url));
    assert.deepEqual(elsewhere, []);
    console.log(
      `    Node ${distance}, ${results.map((r: { backend: string; distance: number }) => `${r.backend} ${r.distance}`).join(", ")}`,
    );
  } finally {
    await page.close();
    server.close();
    net.model.dispose();
    await rm(dir, { recursive: true });
  }
});
