import assert from "node:assert/strict";
import { test } from "node:test";
import type { Face, Landmarks } from "@amface/align";
import { renderScene } from "@amface/data";
import { compareFaces } from "../bench/detector/compare-faces.ts";
import { landmarkTable } from "../bench/detector/landmark-tables.ts";
import { findTrueFaces } from "../bench/detector/true-faces.ts";

const scenes = [0, 1, 2].map((scene) => renderScene(scene, { faces: 4, seed: 5, width: 320, height: 240 }));
const moved = (points: Landmarks, by: number) => points.map(([x, y]) => [x + by, y]) as unknown as Landmarks;

/** Scenes as a detector without fault would see them; `change` makes faults. */
function seen(change: (faces: Face[]) => Face[] = (faces) => faces) {
  return scenes.map(({ image: { width, height }, faces }, i) => {
    const reference = faces.map(({ box, landmarks }) => ({ box, landmarks, score: 1 }));
    return { path: String(i), width, height, truth: faces, found: { reference, ours: change(reference) } };
  });
}
const all = scenes.reduce((sum, { faces }) => sum + faces.length, 0);

test("the same detector twice agrees on every face, with none to spare", () => {
  const { faces, main, extra, missed } = compareFaces(seen());
  assert.ok(all >= 8, `${all} faces`);
  assert.equal(faces.filter(({ isFound }) => isFound).length, all);
  assert.deepEqual([main, extra, missed], [{ all: 3, same: 3 }, [], []]);
  const [ours, reference] = landmarkTable(seen()).rows.map(([, ...numbers]) => numbers);
  assert.deepEqual(ours, reference);
  assert.deepEqual(
    ours,
    ours.map(() => 0),
  );
});

test("a face left out, one seen twice and one that is not there count once each", () => {
  const less = compareFaces(seen((faces) => faces.slice(1)));
  assert.deepEqual([less.missed.length, less.extra.length], [3, 0]);
  const twice = compareFaces(seen((faces) => [...faces, faces[0]]));
  assert.deepEqual([twice.missed.length, twice.extra.length], [0, 3]);
  const [{ landmarks }] = scenes[0].faces;
  const ghost = { box: [-200, -200, -150, -150], landmarks, score: 0.9 } as const;
  const more = compareFaces(seen((faces) => [...faces, ghost]));
  assert.deepEqual([more.missed.length, more.extra.length], [0, 3]);
});

test("landmarks beside the true ones are off by their distance over that of the eyes", () => {
  const faces = seen((faces) =>
    faces.map((face) => {
      const [[ax, ay], [bx, by]] = face.landmarks;
      return { ...face, landmarks: moved(face.landmarks, 0.08 * Math.hypot(ax - bx, ay - by)) };
    }),
  );
  const [[side, mean, median, farOff, ...points], [, ...reference]] = landmarkTable(faces).rows;
  assert.equal(side, "ours");
  for (const error of [mean, median, ...points])
    assert.ok(Math.abs((error as number) - 0.08) < 1e-9, `${error}`);
  assert.equal(farOff, 0);
  assert.deepEqual(
    reference,
    reference.map(() => 0),
  );
});

test("a true face is found by a box with MTCNN's forehead, and not by a box beside it", () => {
  const [{ truth, found }] = seen();
  const grown = found.ours.map(({ box: [x1, y1, x2, y2], ...face }) => {
    const [width, height] = [x2 - x1, y2 - y1];
    return {
      ...face,
      box: [x1 - 0.1 * width, y1 - 0.5 * height, x2 + 0.1 * width, y2 + 0.1 * height] as const,
    };
  });
  assert.deepEqual(findTrueFaces(truth, grown), grown);
  const beside = found.ours.map(({ box: [x1, y1, x2, y2], ...face }) => {
    return { ...face, box: [2 * x1 - x2, y1, x1, y2] as const };
  });
  assert.deepEqual(findTrueFaces(truth.slice(0, 1), beside.slice(0, 1)), [undefined]);
});
