import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace, detectFaces, loadDetector } from "@amface/align";
import { renderScene } from "@amface/data";
import { encodePng, type RgbImage } from "@amface/images";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { browserMissing, openBrowser, problemsOf } from "../../../../test/browser.ts";
import { type Site, servePage } from "../../../../test/serve-page.ts";
import { pattern } from "../pattern.ts";

const skip = browserMissing;
const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

/** Asks a worker; `make` is the source of a function in the page that makes what goes along from a file's bytes. */
const ASK = `
  const worker = new Worker("/worker.js", { type: "module" });
  window.ask = (what, bytes, make) => new Promise(async (resolve, reject) => {
    worker.onmessage = ({ data }) => "error" in data ? reject(new Error(data.error)) : resolve(data.answer);
    const value = await eval(make)(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], "photo"));
    worker.postMessage({ what, value });
  });`;

let folder: string;
let site: Site;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "amface-faces-"));
  const { metafile } = await build({
    entryPoints: { worker: join(import.meta.dirname, "..", "programs", "face-worker.ts") },
    ...{ outdir: folder, bundle: true, format: "esm", platform: "browser", metafile: true },
    // The packages as they are built: bundlers know nothing of the sources.
    tsconfigRaw: {},
  });
  assert.ok(Object.keys(metafile.inputs).some((path) => path.endsWith("align/dist/browser.js")));
  assert.ok(
    !Object.keys(metafile.inputs).some((path) =>
      /node_modules\/sharp|onnxruntime-node|align\/dist\/folder\/align-folder/.test(path),
    ),
  );
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><link rel="icon" href="data:,"><script>${ASK}</script>`,
  );
  const wasm = join(ROOT, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  await cp(wasm, join(folder, "wasm"), {
    recursive: true,
    filter: (path) => path === wasm || path.endsWith(".wasm"),
  });
  site = await servePage(
    { "/": folder, "/weights/": join(ROOT, "packages/weights/weights") },
    { isolated: false },
  );
  browser = await openBrowser();
  page = await browser.newPage();
  problems = problemsOf(page);
  await page.goto(site.url);
});

after(async () => {
  if (skip) return;
  await browser.close();
  await site.close();
  await rm(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: what the worker answers
function ask(what: string, bytes: Uint8Array, make = "(file) => file"): Promise<any> {
  const asked = `ask(${JSON.stringify(what)}, ${JSON.stringify(Buffer.from(bytes).toString("base64"))}, ${JSON.stringify(make)})`;
  return page.evaluate(asked);
}

const pixels = ({ data, width, height }: RgbImage) => ({ data: Object.values(data), width, height });

test("photos come out alike from a file, a bitmap, a canvas, image data and a frame of a video", {
  skip,
  timeout: 60_000,
}, async () => {
  const photo = pattern(40, 30);
  const png = await encodePng(photo);
  const canvas = `const bitmap = await createImageBitmap(file);
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);`;
  for (const make of [
    "(file) => file",
    "(file) => createImageBitmap(file)",
    `async (file) => { ${canvas} return createImageBitmap(canvas); }`,
    `async (file) => { ${canvas} return canvas.getContext("2d").getImageData(0, 0, 40, 30); }`,
    `async (file) => { ${canvas} return new VideoFrame(canvas, { timestamp: 0 }); }`,
  ]) {
    assert.deepEqual(pixels(await ask("read", png, make)), pixels(photo), make);
  }
});

test("a photo is turned as its EXIF says, and what is transparent is black", {
  skip,
  timeout: 60_000,
}, async () => {
  const raw = { width: 16, height: 8, channels: 3 } as const;
  const red = new Uint8Array(16 * 8 * 3).map((_, i) => (i % 3 === 0 && (i / 3) % 16 < 8 ? 255 : 0));
  // 6: the camera's right side is up, so that the left half becomes the upper one.
  const turned = await sharp(red, { raw })
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const image = await ask("read", turned);
  assert.deepEqual([image.width, image.height], [8, 16]);
  assert.ok(
    image.data[0] > 245 && image.data[3 * 8 * 15] < 10,
    `${image.data[0]}, ${image.data[3 * 8 * 15]}`,
  );
  const clear = await sharp({
    create: { width: 2, height: 2, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0 } },
  })
    .png()
    .toBuffer();
  assert.deepEqual(Object.values((await ask("read", clear)).data), Array(12).fill(0));
});

test("files that are no whole photo are refused by what they are", { skip, timeout: 60_000 }, async () => {
  const { data, width, height } = pattern(64, 64);
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
  const refused = /PhotoError: Cannot read photo: expected a whole JPEG.* image, got /;
  await assert.rejects(ask("read", new Uint8Array()), new RegExp(`${refused.source}an empty file`));
  await assert.rejects(
    ask("read", jpeg.subarray(0, 600)),
    new RegExp(`${refused.source}one that is truncated`),
  );
  await assert.rejects(
    ask("read", Buffer.from("no photo")),
    new RegExp(`${refused.source}something that this browser cannot decode`),
  );
  await assert.rejects(
    page.evaluate(
      `ask("read", "", "() => new OffscreenCanvas(1, 1).transferToImageBitmap && ({ width: 0, height: 0 })")`,
    ),
    /expected pixels, got none yet/,
  );
});

test("a worker finds the faces that Node finds, to a thousandth of a pixel, and cuts out the same crop", {
  skip,
  timeout: 240_000,
}, async () => {
  const detector = await loadDetector();
  for (const scene of [1, 2]) {
    const { image } = renderScene(scene, { width: 320, height: 240 });
    const expected = detectFaces(detector, image);
    assert.ok(expected.length > 0);
    const { faces, crop } = await ask("faces", await encodePng(image));
    assert.equal(faces.length, expected.length);
    for (const [i, face] of expected.entries()) {
      const got = [...faces[i].box, ...faces[i].landmarks.flat()];
      [...face.box, ...face.landmarks.flat()].forEach((value, k) => {
        assert.ok(Math.abs(got[k] - value) < 1e-3, `face ${i} of scene ${scene}: ${got[k]}, not ${value}`);
      });
      assert.ok(Math.abs(faces[i].score - face.score) < 1e-4);
      assert.equal(faces[i].look, face.look);
    }
    const cut = alignFace(image, expected[0].landmarks);
    assert.ok(Object.values(crop.data as Uint8Array).every((value, i) => Math.abs(value - cut.data[i]) <= 1));
  }
  const counts: number[] = await page.evaluate(
    `ask("memory", ${JSON.stringify(Buffer.from(await encodePng(renderScene(1, { width: 160, height: 120 }).image)).toString("base64"))}, "(photo) => ({ photo, times: 5 })")`,
  );
  assert.equal(counts.at(-1), counts[0], `${counts} tensors`);
  detector.dispose();
  assert.deepEqual(problems, []);
});
