import assert from "node:assert/strict";
import { test } from "node:test";
import type { Landmarks } from "@amface/align";
import { Random } from "@amface/data";
import { CONDITIONS } from "../bench/detector/conditions.ts";
import type { KnownPhoto } from "../bench/detector/known-photo.ts";

const POINTS: Landmarks = [
  [70, 60],
  [110, 64],
  [92, 84],
  [74, 104],
  [106, 107],
];

/** Grey, with a bright disc of 3 pixels around each point. */
function photo(): KnownPhoto {
  const [width, height] = [180, 160];
  const data = new Uint8Array(width * height * 3).fill(60);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isNear = POINTS.some(([px, py]) => Math.hypot(x - px, y - py) <= 3);
      if (isNear) data.fill(250, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
  return { image: { data, width, height }, faces: [{ landmarks: POINTS, box: [50, 40, 130, 120] }] };
}

/** The middle of what is brighter than its surroundings within 8 pixels of a place. */
function brightNear({ image: { data, width, height } }: KnownPhoto, [cx, cy]: readonly number[]) {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = Math.max(0, Math.ceil(cy - 8)); y <= Math.min(height - 1, cy + 8); y++) {
    for (let x = Math.max(0, Math.ceil(cx - 8)); x <= Math.min(width - 1, cx + 8); x++) {
      const weight = Math.max(0, data[(y * width + x) * 3] - 100);
      [sum, sumX, sumY] = [sum + weight, sumX + weight * x, sumY + weight * y];
    }
  }
  return [sumX / sum, sumY / sum];
}

test("photos that are scaled, rolled and blurred take the true points along", async () => {
  const moving = CONDITIONS.filter(({ name }) => /large|rolled|blurred by 0.03/.test(name));
  assert.equal(moving.length, 7);
  for (const { name, apply } of moving) {
    const changed = await apply(photo(), new Random(1));
    for (const point of changed.faces[0].landmarks) {
      const [x, y] = brightNear(changed, point);
      assert.ok(Math.hypot(x - point[0], y - point[1]) < 0.2, `${name}: ${point} is at ${x}, ${y}`);
    }
  }
});

test("a face that a roll takes out of the photo is not asked for", async () => {
  const { image, faces } = photo();
  const far = { landmarks: POINTS.map(([x]) => [x, 155]) as unknown as Landmarks, box: faces[0].box };
  const { apply } = CONDITIONS.find(({ name }) => name === "rolled by 30°")!;
  const changed = await apply({ image, faces: [faces[0], far] }, new Random(1));
  assert.deepEqual(
    changed.faces.map(({ isHidden }) => isHidden),
    [false, true],
  );
});

test("darkness, a covered quarter and a bar change the pixels that they should", async () => {
  const changed = async (name: string) => {
    const { apply } = CONDITIONS.find((condition) => condition.name === name)!;
    const before = photo();
    const { image, faces } = await apply(before, new Random(1));
    assert.deepEqual(faces, before.faces);
    assert.deepEqual(before.image, photo().image);
    let [count, sum] = [0, 0];
    for (let i = 0; i < image.data.length; i += 3) {
      if (image.data[i] !== before.image.data[i]) count++;
      sum += image.data[i] / before.image.data[i];
    }
    return { count, light: sum / (image.data.length / 3) };
  };
  assert.ok(Math.abs((await changed("0.3 of the light")).light - 0.3) < 0.001);
  assert.ok(Math.abs((await changed("0.15 of the light, noise of 4")).light - 0.15) < 0.003);
  assert.equal((await changed("a quarter of the box covered")).count, 40 * 40);
  const eyes = Math.hypot(40, 4);
  assert.ok(Math.abs((await changed("a bar over the eyes")).count - 0.9 * eyes * eyes) < 60);
});
