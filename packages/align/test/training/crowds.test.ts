import assert from "node:assert/strict";
import { test } from "node:test";
import type { Landmarks } from "@amface/align";
import { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import { cluttered } from "../../training/clutter.ts";
import type { TrainingCanvas } from "../../training/draw-canvas.ts";
import { isProfile } from "../../training/is-profile.ts";
import { outOfFocus } from "../../training/photograph.ts";
import { standBefore } from "../../training/stand-before.ts";

const flat = (value: number, width = 200, height = 160): RgbImage => {
  return { data: new Uint8Array(width * height * 3).fill(value), width, height };
};

const boxAt = (x: number, y: number, width: number, height: number) => {
  return { x1: x, y1: y, x2: x + width - 1, y2: y + height - 1 };
};

/** A canvas of one colour with one face, its points at the box's corners and middle. */
const canvasOf = (image: RgbImage, box: ReturnType<typeof boxAt>): TrainingCanvas => {
  const { x1, y1, x2, y2 } = box;
  const landmarks: Landmarks = [
    [x1 - 1, y1 - 1],
    [x2 - 1, y1 - 1],
    [(x1 + x2) / 2 - 1, (y1 + y2) / 2 - 1],
    [x1 - 1, y2 - 1],
    [x2 - 1, y2 - 1],
  ];
  return { image, faces: [{ landmarks, trust: 1, box }], unsure: [] };
};

/** Random pixels, the same at every run. */
const noise = (): RgbImage => {
  const image = flat(0);
  const random = new Random("noise", 1);
  for (const i of image.data.keys()) image.data[i] = random.int(256);
  return image;
};

test("standBefore() keeps the larger face, and teaches the other where more than half of its box is shown", () => {
  const large = canvasOf(flat(200), boxAt(61, 41, 64, 80));
  const small = canvasOf(flat(50, 90, 90), boxAt(31, 31, 32, 40));
  const counts = { seen: 0, unsure: 0 };
  for (let i = 0; i < 60; i++) {
    const random = new Random("crowd", i);
    const canvases = i % 2 === 0 ? [large, small] : [small, large];
    const { image, faces, unsure } = standBefore(canvases[0], canvases[1], { random, unfocused: false });
    assert.equal(faces[0].box, large.faces[0].box);
    assert.equal(faces.length + unsure.length, 2);
    const { box, landmarks } = faces[1] ?? { box: unsure[0], landmarks: undefined };
    let dark = 0;
    for (let y = Math.max(0, box.y1 - 1); y < Math.min(160, box.y2); y++)
      for (let x = Math.max(0, box.x1 - 1); x < Math.min(200, box.x2); x++)
        if (image.data[(y * 200 + x) * 3] < 125) dark++;
    const share = dark / (32 * 40);
    counts[landmarks ? "seen" : "unsure"]++;
    if (landmarks) assert.ok(share > 0.47, `${share} is shown`);
    else assert.ok(share < 0.53, `${share} is shown`);
    // The points move with the box, and the middle of the face before is never covered.
    if (landmarks) assert.deepEqual(landmarks[0], [box.x1 - 1, box.y1 - 1]);
    assert.equal(image.data[(80 * 200 + 92) * 3], 200);
  }
  assert.ok(counts.seen > 10 && counts.unsure > 5, JSON.stringify(counts));
});

test("standBefore() leaves a canvas as it is where one of the two shows no face", () => {
  const canvas = canvasOf(flat(200), boxAt(61, 41, 64, 80));
  const empty = { image: flat(50), faces: [], unsure: [] };
  assert.equal(standBefore(canvas, empty, { random: new Random(1), unfocused: true }), canvas);
  assert.equal(standBefore(empty, canvas, { random: new Random(1), unfocused: true }), empty);
});

test("cluttered() changes much of a photo but nothing of what is to be avoided, the same for the same seed", () => {
  const photo = noise();
  const avoid = [boxAt(81, 61, 40, 50)];
  let changed = 0;
  for (let i = 0; i < 30; i++) {
    const { data } = cluttered(photo, avoid, new Random("clutter", i));
    assert.deepEqual(cluttered(photo, avoid, new Random("clutter", i)).data, data);
    for (const [k, value] of data.entries()) {
      if (value === photo.data[k]) continue;
      changed++;
      const [x, y] = [(Math.floor(k / 3) % 200) + 1, Math.floor(k / 600) + 1];
      assert.ok(x < 81 || x > 120 || y < 61 || y > 110, `changed at ${x}, ${y}`);
    }
  }
  assert.ok(changed > 0.02 * 30 * photo.data.length, `${changed}`);
});

test("outOfFocus() takes away fine detail, keeps the brightness, and leaves small faces as they are", () => {
  const photo = noise();
  const stats = ({ data }: RgbImage) => {
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    return { mean, deviation: Math.sqrt(variance) };
  };
  const before = stats(photo);
  const after = stats(outOfFocus(photo, [boxAt(50, 20, 80, 110)], new Random(1)));
  assert.ok(Math.abs(after.mean - before.mean) < 2, JSON.stringify({ before, after }));
  assert.ok(after.deviation < 0.5 * before.deviation, JSON.stringify({ before, after }));
  assert.equal(outOfFocus(photo, [boxAt(50, 20, 8, 10)], new Random(1)), photo);
  assert.equal(outOfFocus(photo, [], new Random(1)), photo);
});

test("isProfile() tells faces that look far aside from others, however they are turned and scaled", () => {
  const front: Landmarks = [
    [30, 40],
    [70, 40],
    [50, 60],
    [33, 80],
    [67, 80],
  ];
  const aside: Landmarks = [
    [52, 40],
    [70, 40],
    [78, 60],
    [54, 80],
    [66, 80],
  ];
  for (const degrees of [0, 35, -140]) {
    const radians = (degrees * Math.PI) / 180;
    const turned = (points: Landmarks) =>
      points.map(([x, y]) => [
        2 * (x * Math.cos(radians) - y * Math.sin(radians)),
        2 * (x * Math.sin(radians) + y * Math.cos(radians)),
      ]) as unknown as Landmarks;
    assert.equal(isProfile(turned(front)), false);
    assert.equal(isProfile(turned(aside)), true);
  }
});
