import assert from "node:assert/strict";
import { test } from "node:test";
import { Canvas } from "../../src/drawing/canvas.ts";
import { areaOf, ellipse, reversed, smoothLine, smoothLoop, stroke } from "../../src/drawing/path.ts";

/** Light in the red channel, summed: the area that was painted white. */
function area(paint: (canvas: Canvas) => void): number {
  const canvas = new Canvas(40, 30);
  paint(canvas);
  let sum = 0;
  for (let i = 0; i < canvas.data.length; i += 3) sum += canvas.data[i];
  return sum;
}

const near = (got: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(got - expected) < tolerance, `${got}, expected ${expected}`);
const WHITE = [1, 1, 1] as const;

test("Canvas.fill() covers exactly the area of a shape, wherever its edges fall", () => {
  for (const [x, y] of [
    [10, 10],
    [10.3, 9.8],
    [12.99, 14.5],
  ]) {
    const box = [x, y, x + 7.25, y, x + 7.25, y + 4.5, x, y + 4.5];
    near(
      area((c) => c.fill([box], WHITE)),
      7.25 * 4.5,
      1e-3,
    );
    near(
      area((c) => c.fill([reversed(box)], WHITE)),
      7.25 * 4.5,
      1e-3,
    );
    const triangle = [x, y, x + 9, y + 2, x + 1, y + 7.5];
    near(
      area((c) => c.fill([triangle], WHITE)),
      (9 * 7.5 - 2 * 1) / 2,
      1e-2,
    );
  }
});

test("Canvas.fill() cuts shapes off at the picture's edges", () => {
  near(
    area((c) => c.fill([[-10, -10, 5, -10, 5, 6, -10, 6]], WHITE)),
    30,
    1e-3,
  );
  near(
    area((c) => c.fill([[35, 25, 90, 25, 90, 99, 35, 99]], WHITE)),
    25,
    1e-3,
  );
  near(
    area((c) => c.fill([[50, 5, 60, 5, 60, 9]], WHITE)),
    0,
    1e-6,
  );
  near(
    area((c) => c.fill([[-9, 5, -3, 5, -3, 9]], WHITE)),
    0,
    1e-6,
  );
  near(
    area((c) => c.fill([[-50, -50, 90, -50, 90, 80, -50, 80]], WHITE)),
    1200,
    1e-3,
  );
});

test("Canvas.fill() leaves a path that runs the other way round as a hole, and blends by alpha", () => {
  const outer = [5, 5, 25, 5, 25, 25, 5, 25];
  const inner = [10, 10, 15, 10, 15, 15, 10, 15];
  near(
    area((c) => c.fill([outer, reversed(inner)], WHITE)),
    375,
    1e-3,
  );
  near(
    area((c) => c.fill([outer], WHITE, 0.25)),
    100,
    1e-3,
  );
});

test("Canvas.within() confines what is drawn, and only while it runs", () => {
  const left = [0, 0, 10, 0, 10, 30, 0, 30];
  const all = [0, 0, 40, 0, 40, 30, 0, 30];
  near(
    area((c) => c.within(left, () => c.fill([all], WHITE))),
    300,
    1e-3,
  );
  near(
    area((c) => {
      c.within(left, () => {});
      c.fill([all], WHITE);
    }),
    1200,
    1e-3,
  );
  assert.ok(area((c) => c.within(left, () => c.spot(30, 15, 6, 6, WHITE, 1))) === 0);
});

test("Canvas.spot() fades from its middle to its edge", () => {
  const canvas = new Canvas(21, 21);
  canvas.spot(10.5, 10.5, 8, 4, WHITE, 0.8);
  const at = (x: number, y: number) => canvas.data[(y * 21 + x) * 3];
  near(at(10, 10), 0.8, 1e-6);
  assert.ok(at(13, 10) > at(16, 10) && at(16, 10) > 0);
  assert.equal(at(10, 15), 0);
  assert.ok(at(15, 10) > 0);
});

test("Canvas.toImage() stores the square root of light, clamped", () => {
  const canvas = new Canvas(2, 1);
  canvas.data.set([0, 0.25, 1, 4, -1, 0.5]);
  assert.deepEqual(Array.from(canvas.toImage().data), [0, 128, 255, 255, 0, 180]);
});

test("paths have the lengths and areas of what they draw", () => {
  near(
    area((c) => c.fill([ellipse(20, 15, 12, 8, 30, 60)], WHITE)),
    Math.PI * 96,
    2,
  );
  near(
    area((c) => c.fill([stroke([5, 5, 15, 5, 35, 5], () => 3)], WHITE)),
    90,
    1e-3,
  );
  const line = smoothLine([0, 0, 4, 1, 9, 3], 5);
  assert.deepEqual(
    [line.slice(0, 2), line.slice(-2)],
    [
      [0, 0],
      [9, 3],
    ],
  );
  const loop = smoothLoop([10, 5, 20, 15, 10, 25, 0, 15], 8);
  assert.equal(loop.length, 64);
  for (const corner of [0, 1, 2, 3]) assert.equal(loop[corner * 16], [10, 20, 10, 0][corner]);
});

test("Canvas.measure() is the area of a path in the pixels that count, and areaOf() all of it", () => {
  const canvas = new Canvas(40, 30);
  const path = ellipse(10, 15, 20, 8, 30, 60);
  near(areaOf(path), Math.PI * 160, 2);
  near(areaOf(reversed(path)), areaOf(path), 1e-9);
  const inside = canvas.measure(path, () => true);
  assert.ok(inside < areaOf(path) - 20, "the left end lies outside");
  const left = canvas.measure(path, (pixel) => pixel % 40 < 12);
  const right = canvas.measure(path, (pixel) => pixel % 40 >= 12);
  near(left + right, inside, 1e-6);
  assert.deepEqual(canvas.data, new Float32Array(40 * 30 * 3));
});
