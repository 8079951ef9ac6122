/**
 * Faces found in frames of 640×480 in headless Chromium, and how fast: amface on TensorFlow.js's WebAssembly, as the page in
 * `packages/web` does, and on ONNX Runtime's, beside @vladmandic/face-api
 * on its own WebAssembly backend and with its own nets, with as many threads, on the same frames. They are generated
 * scenes, whose faces are known, and photos of LFW where `../shared/data` is there. Embedding is timed beside it.
 *
 *     npm install --prefix /tmp/face-api --ignore-scripts @vladmandic/face-api@1.7.15
 *     bun bench/browser-detection.ts --face-api /tmp/face-api/node_modules/@vladmandic/face-api
 *     bun bench/browser-detection.ts --parity 400
 *
 * Every round looks at all frames with each side, one side after the other, and embeds the faces of `--embed` scenes and
 * photos one by one; medians are of all rounds but the first, in which models are compiled. `--sides`, `--rounds`, `--scenes`,
 * `--photos` and `--threads` choose, `--json FILE` keeps the result. `--parity N` instead holds faces found in Chromium
 * against Node's, on N photos of LFW and on whole photos.
 */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "@amface/files";
import { WEIGHTS_DIR } from "@amface/weights";
import type { Page } from "playwright-core";
import { openBrowser, openPage } from "../test/browser.ts";
import { bundlePage, ORT_FILES } from "../test/bundle-page.ts";
import { servePage } from "../test/serve-page.ts";
import { sharedData } from "../test/shared-data.ts";
import { HEIGHT, photoFrames, sceneFrames, WIDTH } from "./browser-detection/frames.ts";
import type { Started } from "./browser-detection/page-frames.ts";
import { measureParity, type Parity, printParity } from "./browser-detection/parity.ts";
import { measureRounds, printRows } from "./browser-detection/rounds.ts";

const SIDES =
  "amface,amface-camera,amface-onnx,face-api-ssd,face-api-tiny,face-api-ssd-landmarks,face-api-tiny-landmarks";
const { values } = parseArgs({
  options: {
    sides: { type: "string", default: SIDES },
    rounds: { type: "string", default: "4" },
    scenes: { type: "string", default: "16" },
    photos: { type: "string", default: "16" },
    embed: { type: "string", default: "3" },
    threads: { type: "string" },
    "face-api": { type: "string" },
    parity: { type: "string" },
    json: { type: "string" },
  },
});
const [rounds, scenes, photos, embed] = [values.rounds, values.scenes, values.photos, values.embed].map(
  Number,
);
const faceApi = values["face-api"];
const parity = values.parity === undefined ? undefined : Number(values.parity);
const threads = Number(values.threads ?? cpus().length);
const isTheirs = (side: string) => side.startsWith("face-api");
const sides = values.sides.split(",").filter((side) => !isTheirs(side) || (faceApi && !parity));
const unknown = sides.find((side) => !SIDES.split(",").includes(side));
if (unknown !== undefined) throw new Error(`Cannot start: expected --sides of ${SIDES}, got ${unknown}`);
if (!(rounds > 1 && scenes > 0))
  throw new Error("Cannot start: expected --rounds of 2 or more and --scenes of 1");
const lfw = sharedData("lfw", "images");
const wholePhotos = sharedData("photos");
if (parity !== undefined && !(parity > 0 && lfw)) {
  throw new Error(`Cannot compare: expected --parity of 1 or more and ../shared/data, got ${values.parity}`);
}
if (!faceApi && !parity) console.log("Without --face-api DIR only amface is measured.\n");

const root = join(import.meta.dirname, "..");
const dir = await mkdtemp(join(tmpdir(), "amface-browser-detection-"));
const pages = join(import.meta.dirname, "browser-detection");
await bundlePage(join(pages, "amface-page.ts"), join(dir, "amface"));
await bundlePage(join(pages, "face-api-page.ts"), join(dir, "face-api-page"));
await mkdir(join(dir, "frames"));
const site = await servePage({
  "/": dir,
  "/ort/": ORT_FILES,
  "/tfjs-wasm/": join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist"),
  "/weights/": WEIGHTS_DIR,
  ...(faceApi && { "/face-api/": faceApi }),
  ...(lfw && { "/lfw/": lfw }),
  ...(wholePhotos && { "/photos/": wholePhotos }),
});
const browser = await openBrowser();
try {
  const context = await browser.newContext();
  // TensorFlow.js's WebAssembly takes at most half as many threads as it sees cores, whatever it is asked for.
  await context.addInitScript(
    `Object.defineProperty(navigator, "hardwareConcurrency", { value: ${2 * threads} })`,
  );
  // Its state is one for a page: each side's copy has a page of its own.
  const ours = await openPage(context, `${site.url}/amface/`, "see");
  const theirs = sides.some(isTheirs) ? await openPage(context, `${site.url}/face-api-page/`, "see") : ours;
  const pageOf = (side: string): Page => (isTheirs(side) ? theirs : ours);
  const started: Record<string, Started> = {};
  for (const side of sides) {
    started[side] = await pageOf(side).evaluate<Started>(`start(${JSON.stringify(side)}, ${threads})`);
  }
  const made = {
    date: new Date().toISOString().slice(0, 10),
    browser: `Chromium ${browser.version()}`,
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    faceApi: faceApi && JSON.parse(await readFile(join(faceApi, "package.json"), "utf8")).version,
    onnxruntimeWeb: JSON.parse(await readFile(join(ORT_FILES, "..", "package.json"), "utf8")).version,
    isolated: await ours.evaluate("crossOriginIsolated"),
    started,
  };
  console.log(JSON.stringify(made, null, 1));
  let result: object;
  if (parity) {
    const compared = sides.filter((side) => side !== "amface-camera");
    const sets = {
      "whole photos": { photos: wholePhotos, url: "/photos/", count: Number.POSITIVE_INFINITY },
      LFW: { photos: lfw, url: "/lfw/", count: parity },
    };
    const parities: Record<string, Parity> = {};
    for (const [name, { photos, ...set }] of Object.entries(sets)) {
      if (photos) parities[name] = await measureParity(ours, { ...set, photos, dir, sides: compared });
    }
    printParity(parities);
    result = { parities };
  } else {
    const frames = [...sceneFrames(scenes), ...(lfw && photos > 0 ? await photoFrames(lfw, photos) : [])];
    for (const { name, image } of frames) {
      await writeFileAtomic(join(dir, "frames", `${name}.rgb`), image.data);
    }
    const rows = await measureRounds(frames, { sides, rounds, pageOf, embed });
    console.log(
      `\nFrames of ${WIDTH}×${HEIGHT}: ${scenes} scenes, ${frames.length - scenes} photos of LFW\n`,
    );
    printRows(rows);
    result = { rounds, scenes, photos: frames.length - scenes, rows };
  }
  if (values.json) await writeFileAtomic(values.json, `${JSON.stringify({ ...made, ...result }, null, 1)}\n`);
} finally {
  await browser.close();
  await Promise.all([site.close(), rm(dir, { recursive: true })]);
}
