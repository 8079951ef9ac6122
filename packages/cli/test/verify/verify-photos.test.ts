import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignmentRecord, loadDetector } from "@amface/align";
import { renderFace, renderScene } from "@amface/data";
import { useEngine } from "@amface/engine";
import { encodeJpeg, formatAlignment, type RgbImage } from "@amface/images";
import { type ThresholdCard, writeThresholdCard } from "@amface/lfw-eval";
import { createNet, saveNet } from "@amface/nets";
import { WEIGHTS_DIR, WeightsError } from "@amface/weights";
import { Reporter } from "../../src/command/reporter.ts";
import { verify } from "../../src/commands/verify.ts";
import { chooseModel } from "../../src/model/choose-model.ts";
import { renderVerdict } from "../../src/verify/render-verdict.ts";
import { verifyPhotos } from "../../src/verify/verify-photos.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const SIZE = { height: 32, width: 32 };
let dir: string;
const file = (name: string) => join(dir, name);
const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

/** Photos closer than the first count as one person's; the net is untrained, so only equal ones are sure to be. */
const THRESHOLD = {
  far: 1e-3,
  threshold: 0.01,
  interval: [0.005, 0.02],
  tar: 1,
  tarInterval: [1, 1],
} as const;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-verify-"));
  await useEngine("onnx");
  const detector = await loadDetector();
  const alignment = alignmentRecord(detector, {}, SIZE);
  detector.dispose();
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), file("embedder.safetensors"), {
    alignment: formatAlignment(alignment),
  });
  const weights = await readFile(file("embedder.safetensors"));
  const card = JSON.parse(await readFile(join(WEIGHTS_DIR, "detector.json"), "utf8"));
  const own = { name: "embedder", file: "embedder.safetensors", terms: "for tests", bytes: weights.length };
  const digest = await sha256(file("embedder.safetensors"));
  await writeFile(file("embedder.json"), JSON.stringify({ ...card, ...own, sha256: digest }));
  const thresholds: ThresholdCard = {
    format: "amface-threshold-card",
    version: 1,
    model: "embedder",
    modelSha256: digest,
    metric: "squared distance of L2-normalised embeddings",
    flip: "concat",
    measured: { pairs: "pairs of nobody", same: 10, different: 20, resampled: "identities", level: 0.95 },
    thresholds: [THRESHOLD],
    alignment,
    warnings: [],
  };
  await writeThresholdCard(file("embedder.thresholds.json"), thresholds);
  await photo("a.jpg", renderFace(0, 1, { size: 200 }).image);
  await photo("b.jpg", renderFace(3, 2, { size: 200 }).image);
  await photo("grey.jpg", { data: new Uint8Array(3 * 100 * 100).fill(128), width: 100, height: 100 });
});
after(() => rm(dir, { recursive: true }));

const photo = async (name: string, image: RgbImage) => writeFile(file(name), await encodeJpeg(image, 95));

const OPTIONS = {
  modelOptions: {},
  card: undefined,
  far: 1e-3,
  weights: undefined,
  detect: {},
  rule: "weighted",
  threads: undefined,
  allowMismatch: false,
  reporter: new Reporter({ quiet: true, stream: process.stderr }),
} as const;

const verified = async (a: string, b: string) =>
  verifyPhotos([file(a), file(b)], { ...OPTIONS, model: await chooseModel(undefined, dir) });

test("without --model the package's embedder decides by the card beside it, and says so", async () => {
  const same = await verified("a.jpg", "a.jpg");
  assert.deepEqual([same.decision, same.score, verify.exits!.of(same as never)], ["same", 0, 0]);
  assert.deepEqual(same.model, { path: file("embedder.safetensors"), terms: "for tests" });
  assert.deepEqual([same.threshold, same.far, same.card.differentPairs], [0.01, 1e-3, 20]);
  const text = renderVerdict(same);
  assert.match(text, /^the same person\ndistance +0\.0000\nthreshold +0\.0100 at FAR 0\.001/);
  assert.match(
    text,
    /measured +on pairs of nobody: 10 same and 20 different pairs \(.*embedder\.thresholds\.json\)/,
  );
  assert.match(text, /amface's own embedder: for tests/);

  const different = await verified("a.jpg", "b.jpg");
  assert.ok(different.score > 0.02, `${different.score}`);
  assert.deepEqual([different.decision, verify.exits!.of(different as never)], ["different", 3]);
  assert.match(renderVerdict(different), /^different people\n/);
});

test("several faces in a photo are told, with the one that was taken, and a photo without one is refused", async () => {
  const { image } = renderScene(0, { faces: 5, seed: 8, faceHeight: [40, 200] });
  await photo("scene.jpg", image);
  const { photos, ...rest } = await verified("scene.jpg", "a.jpg");
  assert.ok(photos[0].faces! > 1);
  const [x1, y1] = photos[0].face!.box.map((side) => side.toFixed(0));
  const told = `scene.jpg: of its ${photos[0].faces} faces the one at ${x1} ${y1} `;
  assert.ok(renderVerdict({ photos, ...rest }).includes(told));
  await assert.rejects(verified("a.jpg", "grey.jpg"), /Cannot verify .*grey\.jpg: expected a face, got none/);
});

test("a face that only a second look found is told", async () => {
  const { image } = renderFace(0, 0, { seed: 3 });
  const blue = { ...image, data: image.data.map((value, i) => value * [0.02, 0.35, 0.9][i % 3]) };
  await photo("blue.jpg", blue);
  const verdict = await verified("blue.jpg", "a.jpg");
  assert.equal(verdict.photos[0].face!.look, "grey");
  assert.match(renderVerdict(verdict), /blue\.jpg: its face was found at a second look only \(grey\)/);
});

test("an embedder that is not the one of its card is refused, and --model wins over it", async () => {
  const other = await mkdtemp(join(tmpdir(), "amface-verify-"));
  try {
    await cp(dir, other, { recursive: true });
    await saveNet(
      createNet("resface-small", { seed: 2, imageSize: [32, 32] }),
      join(other, "embedder.safetensors"),
    );
    await assert.rejects(chooseModel(undefined, other), WeightsError);
    assert.deepEqual(await chooseModel("runs/a", other), { path: "runs/a" });
    await rm(join(other, "embedder.safetensors"));
    await assert.rejects(chooseModel(undefined, other), /Cannot read .*embedder\.safetensors: nothing there/);
  } finally {
    await rm(other, { recursive: true });
  }
});

test("the command compares two photos by amface's own embedder and the terms it comes under; --help names all exit statuses", async () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--conditions=@amface/source", MAIN, "verify", ...args], {
      encoding: "utf8",
    });
  const help = run("--help");
  assert.match(help.stdout, /Exit status: 0 the same person, 3 different people or not sure, 1 failure/);
  const { status, stdout } = run(file("a.jpg"), file("a.jpg"));
  assert.equal(status, 0);
  assert.match(stdout, /^the same person\ndistance +0\.0000\n/);
  assert.match(stdout, /on held-out people of CelebA.*: \d+ same and \d+ different pairs/);
  assert.match(stdout, /amface's own embedder: non-commercial research/);
});

const LFW = join(import.meta.dirname, "..", "..", "..", "..", "..", "shared", "data", "lfw", "images");
const photosOf = (name: string) => [1, 2].map((i) => join(LFW, name, `${name}_000${i}.jpg`));

test("of five people of LFW the embedder takes no two for one, and most for themselves", async (t) => {
  const people = ["Abdoulaye_Wade", "Adam_Sandler", "Al_Sharpton", "Andre_Agassi", "Carly_Fiorina"].map(
    photosOf,
  );
  if (!people.flat().every((path) => existsSync(path))) return t.skip(`no photos in ${LFW}`);
  const options = { ...OPTIONS, model: await chooseModel(undefined) };
  const same = await Promise.all(people.map((photos) => verifyPhotos(photos, options)));
  const apart = await Promise.all(
    people.map(([first], i) => verifyPhotos([first, people[(i + 1) % people.length][1]], options)),
  );
  assert.deepEqual(
    apart.map(({ decision }) => decision),
    people.map(() => "different"),
  );
  assert.ok(
    same.filter(({ decision }) => decision === "same").length >= 3,
    `${same.map(({ score }) => score)}`,
  );
});
