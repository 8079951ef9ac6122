import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, scoreOf } from "../bench/browser-detection/frames.ts";

const image = { data: new Uint8Array(0), width: 640, height: 480 };
const landmarks = (x: number, y: number) => [0, 1, 2, 3, 4].map(() => [x, y] as const) as never;
const small = { box: [10, 10, 50, 60] as const, landmarks: landmarks(30, 35) };
const large = { box: [100, 100, 200, 220] as const, landmarks: landmarks(150, 160) };
const hidden = { box: [300, 300, 350, 350] as const, landmarks: landmarks(325, 325), isHidden: true };
const frames: Frame[] = [
  { set: "scenes", name: "scene", image, truth: [small, large, hidden] },
  { set: "photos", name: "photo", image, truth: [] },
];
const found = (scene: Frame["truth"], photo: readonly (readonly [number, number, number, number])[]) =>
  new Map([
    ["scene", scene.map(({ box }) => ({ box, score: 1 }))],
    ["photo", photo.map((box) => ({ box, score: 1 }))],
  ]);

test("a detector that finds just what there is misses nothing and has no other box; hidden faces are not asked for", () => {
  assert.deepEqual(scoreOf(frames, found([small, large, hidden], [[300, 200, 340, 260]])), {
    faces: { all: 2, found: 2 },
    large: { all: 1, found: 1 },
    others: 0,
    middles: { all: 1, found: 1 },
  });
});

test("faces that are not found, boxes that are nobody's, and photos with a box beside their middle are counted so", () => {
  const nobody = { box: [400, 50, 450, 100] as const, landmarks: landmarks(425, 75) };
  assert.deepEqual(scoreOf(frames, found([small, nobody], [[0, 0, 100, 100]])), {
    faces: { all: 2, found: 1 },
    large: { all: 1, found: 0 },
    others: 1,
    middles: { all: 1, found: 0 },
  });
});
