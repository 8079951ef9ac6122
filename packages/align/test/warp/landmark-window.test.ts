import assert from "node:assert/strict";
import { test } from "node:test";
import type { Landmarks, Point } from "@amface/align";
import { LANDMARK_WINDOW, LandmarkWindow } from "../../src/warp/landmark-window.ts";
import { AreaResampler } from "../../src/warp/resample-area.ts";

const upright: readonly Point[] = [
  [100, 90],
  [140, 90],
  [120, 112],
  [104, 134],
  [136, 134],
];

/** The face turned about (120, 110) and scaled. */
function posed(degrees: number, scale: number): Landmarks {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return upright.map(([x, y]): Point => {
    const [u, v] = [scale * (x - 120), scale * (y - 110)];
    return [cos * u - sin * v + 120, sin * u + cos * v + 110];
  }) as unknown as Landmarks;
}

/** Grey levels that rise along the axes of a face so posed, read through its window. */
function windowOf(degrees: number, scale: number): Float32Array {
  const [width, height] = [240, 220];
  const data = new Uint8Array(width * height * 3);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x - 120) / scale, (y - 110) / scale];
      const at = (y * width + x) * 3;
      data[at] = 128 + 1.2 * (cos * u + sin * v);
      data[at + 1] = 128 + 1.2 * (cos * v - sin * u);
    }
  }
  const out = new Float32Array(3 * LANDMARK_WINDOW ** 2);
  new LandmarkWindow(posed(degrees, scale)).read(new AreaResampler({ data, width, height }), out);
  return out;
}

test("landmarks are found again from their distances, from any first guess", () => {
  const [truth, guess] = [posed(12, 1.1), posed(-20, 0.8)];
  const window = new LandmarkWindow(guess);
  const found = window.landmarksAt(window.distancesOf(truth));
  for (const [i, [x, y]] of found.entries()) assert.ok(Math.hypot(x - truth[i][0], y - truth[i][1]) < 1e-9);
});

for (const [degrees, scale] of [
  [0, 0.5],
  [30, 0.5],
  [-75, 1.3],
  [160, 2],
]) {
  test(`a face rolled by ${degrees}° and scaled by ${scale} shows the window that it shows upright`, () => {
    const [a, b] = [windowOf(0, 1), windowOf(degrees, scale)];
    // The middle half of the window lies in the photo at each scale.
    for (let plane = 0; plane < 2; plane++) {
      for (let y = 12; y < 36; y++) {
        for (let x = 12; x < 36; x++) {
          const at = (plane * LANDMARK_WINDOW + y) * LANDMARK_WINDOW + x;
          assert.ok(128 * Math.abs(a[at] - b[at]) < 3, `${128 * a[at]} and ${128 * b[at]}`);
        }
      }
    }
  });
}

test("points that are all the same have no window", () => {
  const same = upright.map((): Point => [3, 4]) as unknown as Landmarks;
  assert.throws(() => new LandmarkWindow(same), /expected finite points that are not all the same/);
});
