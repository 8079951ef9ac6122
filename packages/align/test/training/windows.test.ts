import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Landmarks, loadDetector } from "@amface/align";
import { Random, renderFace } from "@amface/data";
import { type RgbImage, writePng } from "@amface/images";
import { BatchMaker, type BatchPlan } from "../../training/batch-maker.ts";
import type { BatchWorkerStart } from "../../training/batch-worker.ts";
import { chooseWindows } from "../../training/choose-windows.ts";
import { drawCanvas } from "../../training/draw-canvas.ts";
import { type BoxCoefficients, faceBox, fitFaceBox } from "../../training/face-box.ts";
import { fromWorkers } from "../../training/from-workers.ts";
import { joinCanvases } from "../../training/join-canvases.ts";
import { type LabelledPhoto, overlap } from "../../training/labelled-photo.ts";
import type { WindowBatch } from "../../training/window-batch.ts";

const folder = await mkdtemp(join(tmpdir(), "amface-windows-"));
after(() => rm(folder, { recursive: true }));

const POINTS: Landmarks = [
  [60, 70],
  [100, 72],
  [81, 95],
  [64, 118],
  [97, 119],
];

/** A box around the points: their mean, 1.1 spreads wide and 1.4 high. */
const zeros = Array.from({ length: 10 }, () => 0);
const BOX: BoxCoefficients = [
  [...zeros, 0],
  [...zeros, -0.1],
  [...zeros, 1.1],
  [...zeros, 1.4],
];

const photo = (faces: readonly Landmarks[], path = ""): LabelledPhoto => {
  return { path, kind: "celeba", faces: faces.map((landmarks) => ({ landmarks, trust: 1 })), unsure: [] };
};

const moved = (scale: number, x: number, y: number) =>
  POINTS.map((point) => [scale * point[0] + x, scale * point[1] + y]) as unknown as Landmarks;

test("fitFaceBox() finds boxes that are linear in the points again, wherever and however large the face is", () => {
  const random = new Random("face boxes", 1);
  const shaken = () => POINTS.map(([x, y]) => [x + 4 * random.normal(), y + 4 * random.normal()]);
  const faces = Array.from({ length: 200 }, () => {
    const landmarks = shaken() as unknown as Landmarks;
    const { x1, y1, x2, y2 } = faceBox(BOX, landmarks);
    return { landmarks, box: [x1, y1, x2, y2] as const };
  });
  const fitted = fitFaceBox(faces);
  for (const landmarks of [moved(1, 0, 0), moved(3.5, -20, 40), moved(0.2, 7, 7)]) {
    const [got, wanted] = [faceBox(fitted, landmarks), faceBox(BOX, landmarks)];
    assert.ok(overlap(got, wanted) > 0.99, JSON.stringify({ got, wanted }));
  }
});

test("drawCanvas() moves the points along with what is seen there", async () => {
  const image: RgbImage = { data: new Uint8Array(200 * 180 * 3).fill(30), width: 200, height: 180 };
  for (const [px, py] of POINTS)
    for (let y = py - 4; y <= py + 4; y++)
      image.data.fill(250, (y * 200 + px - 4) * 3, (y * 200 + px + 5) * 3);
  let seen = 0;
  for (let i = 0; i < 24; i++) {
    const canvas = await drawCanvas(photo([POINTS]), image, BOX, {
      random: new Random("canvas", i),
    });
    for (const { landmarks } of canvas.faces) {
      assert.ok(landmarks[0][0] < landmarks[1][0] && landmarks[3][0] < landmarks[4][0], "left stays left");
      const grey = ([x, y]: readonly [number, number]) => {
        const at = (Math.round(y) * canvas.image.width + Math.round(x)) * 3;
        return canvas.image.data[at] + canvas.image.data[at + 1] + canvas.image.data[at + 2];
      };
      const mean = canvas.image.data.reduce((sum, value) => sum + value, 0) / (canvas.image.data.length / 3);
      // One or two may be covered, and blur spreads the small ones.
      if (landmarks.filter((point) => grey(point) > 1.25 * mean).length >= 3) seen++;
      else seen -= 5;
    }
  }
  assert.ok(seen > 15, `${seen}`);
});

test("joinCanvases() keeps the faces of both canvases that are still seen, and leaves open what is half covered", () => {
  const flat = (value: number) => ({
    data: new Uint8Array(300 * 200 * 3).fill(value),
    width: 300,
    height: 200,
  });
  const face = (x: number, y: number) => {
    return { landmarks: POINTS, trust: 1, box: { x1: x, y1: y, x2: x + 29, y2: y + 39 } };
  };
  const corners = [face(1, 1), face(271, 1), face(1, 161), face(271, 161)];
  for (let i = 0; i < 20; i++) {
    const [left, right] = [0, 255].map((value) => ({
      image: flat(value),
      faces: corners.map((each) => ({ ...each })),
      unsure: [],
    }));
    const { image, faces, unsure } = joinCanvases(left, right, new Random("join", i));
    const isRight = (x: number, y: number) => image.data[(y * 300 + x) * 3] === 255;
    assert.equal(isRight(0, 0), false);
    assert.equal(isRight(299, 199), true);
    assert.equal(faces.length, 4); // each corner belongs to one of the two
    assert.equal(unsure.length, 4);
    for (const { box } of faces) {
      const from = isRight(box.x1 + 14, box.y1 + 19) ? right : left;
      assert.ok(from.faces.some((other) => other.box === box));
    }
  }
});

test("chooseWindows() teaches a face only where a window shows one, and none only far from all, known or unsure", () => {
  const face = { landmarks: POINTS, trust: 1, box: faceBox(BOX, POINTS) };
  const unsure = [{ x1: 140, y1: 20, x2: 180, y2: 70 }];
  const image = { data: new Uint8Array(200 * 180 * 3), width: 200, height: 180 };
  const square = (({ x1, y1, x2, y2 }) => {
    const [x, half] = [(x1 + x2) / 2, (y2 - y1) / 2];
    return { x1: x - half, y1, x2: x + half, y2 };
  })(face.box);
  const windows = chooseWindows({ image, faces: [face], unsure }, [unsure[0]], 400, new Random(3));
  const counts = { 0: 0, 1: 0, part: 0 };
  for (const { box, label } of windows) {
    counts[label ?? "part"]++;
    const shared = overlap(box, square);
    if (label === 1) assert.ok(shared >= 0.6);
    if (label === undefined) assert.ok(shared >= 0.4 && shared < 0.6);
    if (label !== 0) continue;
    assert.ok(shared < 0.3);
    assert.ok(overlap(box, unsure[0]) < 0.3);
  }
  assert.deepEqual(counts, { 0: 180, 1: 160, part: 60 });
});

test("a batch of windows is the same whoever makes it, by one thread or by three, of the kinds of photos that have a share", async () => {
  const photos: LabelledPhoto[] = [];
  for (let i = 0; i < 6; i++) {
    const { image, landmarks } = renderFace(i, 0, { size: 160 });
    const path = join(folder, `${i}.png`);
    await writePng(path, image);
    photos.push(photo([landmarks], path));
  }
  const labels = { photos, box: BOX };
  const { name, weightsSha256, models } = await loadDetector();
  const shares = { landmarks: 0, celeba: 1, generated: 0 };
  const plan: BatchPlan = { net: "rnet", mining: 1, shares, plain: 0.3, canvases: 3, windows: 20, seed: 5 };
  const start: BatchWorkerStart = { labels, detector: { name, weightsSha256, models }, plan };
  const worker = new URL("../../training/batch-worker.ts", import.meta.url);
  const made: WindowBatch[][] = [];
  for (const threads of [1, 3]) {
    const batches: WindowBatch[] = [];
    for await (const batch of fromWorkers<WindowBatch>(worker, start, { count: 4, threads }))
      batches.push(batch);
    made.push(batches);
  }
  assert.equal(made[0].length, 4);
  assert.deepEqual(made[0], made[1]);
  const detector = await loadDetector();
  assert.deepEqual(await new BatchMaker(labels, detector).make(plan, 2), made[0][2]);
  // Photos of a kind that has no share are not drawn.
  const strangers = photos.map((photo) => ({ ...photo, kind: "landmarks" as const, path: "not there" }));
  const more = new BatchMaker({ ...labels, photos: [...strangers, ...photos] }, detector);
  assert.deepEqual(await more.make(plan, 2), made[0][2]);
  // Crowds are other canvases, the same each time.
  const crowd = { before: 1, unfocused: { all: 0.5, behind: 0.5 }, clutter: 0.5, profiles: 0.5 };
  const crowds = [0, 1].map(() => new BatchMaker(labels, detector).make({ ...plan, crowd }, 2));
  assert.deepEqual(await crowds[0], await crowds[1]);
  assert.notDeepEqual((await crowds[0]).pixels, made[0][2].pixels);
  // Pictures without faces give only negatives, in colours.
  const empty = photos.map((photo) => ({ ...photo, kind: "negatives" as const, faces: [] }));
  const onlyEmpty = new BatchMaker({ ...labels, photos: [...photos, ...empty] }, detector);
  const negatives = await onlyEmpty.make({ ...plan, shares: { negatives: 1 } }, 2);
  assert.ok(negatives.labels.every((label) => label === 0));
  assert.ok(negatives.labelWeights.some((weight) => weight === 1));
  detector.dispose();
  assert.ok(made[0][0].labels.some((label) => label === 1));
  assert.notDeepEqual(made[0][0].pixels, made[0][1].pixels);
});
