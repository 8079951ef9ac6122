import assert from "node:assert/strict";
import { test } from "node:test";
import { type HeadPose, HeadProjection } from "../../src/faces/head-pose.ts";

const POSE: HeadPose = { yaw: 18, pitch: -9, roll: 14, scale: 50, x: 70, y: 60, perspective: 0 };

function close(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-4): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i] - value) < tolerance, `${Array.from(actual)} beside ${expected}`);
  }
}

test("HeadProjection.meet() finds the point of the face that point() placed there", () => {
  const head = new HeadProjection(POSE);
  const found = new Float64Array(3);
  for (const x of [-0.5, -0.2, 0, 0.3, 0.5]) {
    for (const y of [-0.7, 0, 0.4, 0.8]) {
      head.meet(...head.unplace(...head.point(x, y)), found);
      close(found, [x, y]);
    }
  }
});

test("HeadProjection.meet() goes on smoothly where the line of sight passes the head by", () => {
  const head = new HeadProjection({ ...POSE, yaw: 0, pitch: 0 });
  const found = new Float64Array(3);
  head.meet(2, 0, found);
  close(found, [2, 0, 0]);
});

test("HeadProjection.normal() is a unit vector that turns with the head and away from slopes", () => {
  const middle = new Float64Array(3);
  const normal = new Float64Array(3);
  for (const [yaw, pitch, expected] of [
    [0, 0, [0, 0, 1]],
    [30, 0, [0.5, 0, Math.sqrt(0.75)]],
    [0, 30, [0, 0.5, Math.sqrt(0.75)]],
  ] as const) {
    const head = new HeadProjection({ ...POSE, yaw, pitch });
    head.meet(...head.unplace(...head.point(0, 0)), middle);
    head.normal(middle, 0, 0, normal);
    close(normal, expected);
  }
  const head = new HeadProjection({ ...POSE, yaw: 0, pitch: 0 });
  head.meet(0, 0, middle);
  head.normal(middle, 1, 0, normal);
  close(normal, [-Math.SQRT1_2, 0, Math.SQRT1_2]);
});
