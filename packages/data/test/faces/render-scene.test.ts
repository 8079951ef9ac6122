import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FACE_VERSION, generateScenes, type RenderedScene, renderScene } from "@amface/data";
import { readImage } from "@amface/images";
import { temporaryFolder } from "../crops.ts";

const SMALL = { width: 320, height: 240, faces: 6, seed: 2 };

test("renderScene() draws the same bytes for the same numbers, and others for others", () => {
  const hash = ({ image }: RenderedScene) => createHash("sha256").update(image.data).digest("hex");
  assert.equal(hash(renderScene(1, SMALL)), hash(renderScene(1, SMALL)));
  assert.notEqual(hash(renderScene(1, SMALL)), hash(renderScene(2, SMALL)));
  assert.notEqual(hash(renderScene(1, SMALL)), hash(renderScene(1, { ...SMALL, seed: 3 })));
});

test("renderScene() keeps the landmarks of every face inside its box, from far to near", () => {
  for (let scene = 0; scene < 12; scene++) {
    const { faces } = renderScene(scene, SMALL);
    assert.ok(faces.length >= 3, `${faces.length} faces`);
    for (const { landmarks, box } of faces) {
      const [left, right, , mouthLeft, mouthRight] = landmarks;
      for (const [x, y] of landmarks) {
        assert.ok(x > box[0] && x < box[2] && y > box[1] && y < box[3], `${x}, ${y} in ${box}`);
      }
      assert.ok(left[0] < right[0] && mouthLeft[0] < mouthRight[0]);
    }
  }
});

test("renderScene() tells which share of a face can be seen", () => {
  const faces = Array.from({ length: 30 }, (_, scene) => renderScene(scene, SMALL).faces).flat();
  for (const { visible } of faces) assert.ok(visible >= 0 && visible <= 1);
  const inside = faces.filter(({ box }) => box[0] >= 0 && box[1] >= 0 && box[2] <= 320 && box[3] <= 240);
  const cut = faces.filter(({ box }) => box[0] < -4 || box[1] < -4 || box[2] > 324 || box[3] > 244);
  assert.ok(inside.filter(({ visible }) => visible > 0.99).length > inside.length / 2);
  assert.ok(
    inside.some(({ visible }) => visible < 0.97),
    "some face stands behind another",
  );
  assert.ok(cut.length > 5);
  for (const { visible } of cut) assert.ok(visible < 0.99);
});

test("renderScene() draws each face where its box says, in the scene's own light", () => {
  const options = { ...SMALL, faceHeight: [40, 60] } as const;
  const { image, faces } = renderScene(5, options);
  for (const { box, visible } of faces) {
    if (visible > 0.9) assert.ok(contrast(image, box) > 25, `${contrast(image, box)} in ${box}`);
  }
});

/** Difference of the brightest and the darkest green within a box. */
function contrast(
  { data, width, height }: RenderedScene["image"],
  [x1, y1, x2, y2]: readonly number[],
): number {
  let [least, most] = [255, 0];
  for (let y = Math.max(0, Math.ceil(y1)); y < Math.min(height, y2); y++) {
    for (let x = Math.max(0, Math.ceil(x1)); x < Math.min(width, x2); x++) {
      const green = data[(y * width + x) * 3 + 1];
      least = Math.min(least, green);
      most = Math.max(most, green);
    }
  }
  return most - least;
}

test("renderScene() draws empty scenes and refuses numbers out of range", () => {
  assert.deepEqual(renderScene(0, { ...SMALL, faces: 0 }).faces, []);
  assert.throws(() => renderScene(0, { faces: 65 }), /expected faces to be an integer of 0 to 64, got 65/);
  assert.throws(() => renderScene(0, { width: 10 }), /expected width/);
  assert.throws(() => renderScene(0, { faceHeight: [50, 20] }), /expected faceHeight/);
  assert.throws(() => renderScene(0.5), RangeError);
});

test("generateScenes() writes photos and what is known of their faces, also of those of an earlier call that are there", async () => {
  const dir = join(await temporaryFolder(), "scenes");
  const progress: number[] = [];
  await generateScenes(dir, { ...SMALL, scenes: 2, onProgress: ({ done }) => progress.push(done) });
  assert.deepEqual(progress, [1, 2]);
  const scenes = JSON.parse(await readFile(join(dir, "scenes.json"), "utf8"));
  assert.deepEqual(Object.keys(scenes), ["scene00000.jpg", "scene00001.jpg"]);
  assert.deepEqual(scenes["scene00001.jpg"], JSON.parse(JSON.stringify(renderScene(1, SMALL).faces)));
  const { width, height } = await readImage(join(dir, "scene00001.jpg"));
  assert.deepEqual([width, height], [320, 240]);
  assert.equal(JSON.parse(await readFile(join(dir, "generator.json"), "utf8")).version, FACE_VERSION);
  const scenesFile = await readFile(join(dir, "scenes.json"));
  await generateScenes(dir, { ...SMALL, scenes: 1 });
  assert.deepEqual(await readFile(join(dir, "scenes.json")), scenesFile);
  await rm(join(dir, "scene00001.jpg"));
  await generateScenes(dir, { ...SMALL, scenes: 1 });
  assert.deepEqual(Object.keys(JSON.parse(await readFile(join(dir, "scenes.json"), "utf8"))), [
    "scene00000.jpg",
  ]);
  await assert.rejects(generateScenes(dir, { ...SMALL, scenes: 1, seed: 9 }), /choose another folder/);
  await assert.rejects(generateScenes(dir, { ...SMALL, scenes: 0 }), RangeError);
});
