import assert from "node:assert/strict";
import { test } from "node:test";
import { FACE_TEMPLATE, type Point, similarityTransform } from "@amface/align";

function apply([[a, b, c], [d, e, f]]: ReturnType<typeof similarityTransform>, [x, y]: Point): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}

test("similarityTransform() recovers a scale, rotation and shift exactly", () => {
  const angle = 0.4;
  const [a, b] = [1.7 * Math.cos(angle), 1.7 * Math.sin(angle)];
  const to = FACE_TEMPLATE.map(([x, y]): Point => [a * x - b * y + 30, b * x + a * y - 12]);
  const matrix = similarityTransform(FACE_TEMPLATE, to);
  const expected = [a, -b, 30, b, a, -12];
  matrix.flat().forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-12);
  });
});

test("similarityTransform() never mirrors", () => {
  const mirrored = FACE_TEMPLATE.map(([x, y]): Point => [-x, y]);
  const [[a, b], [c, d]] = similarityTransform(FACE_TEMPLATE, mirrored);
  assert.ok(a * d - b * c > 0);
});

test("similarityTransform() is least squares: any other similarity is worse", () => {
  const to = FACE_TEMPLATE.map(
    ([x, y], i): Point => [x + [3, -2, 0, 4, -5][i], y * 1.1 + [1, 0, -6, 2, 2][i]],
  );
  const best = similarityTransform(FACE_TEMPLATE, to);
  const error = (matrix: typeof best) =>
    FACE_TEMPLATE.reduce((sum, point, i) => {
      const [x, y] = apply(matrix, point);
      return sum + (x - to[i][0]) ** 2 + (y - to[i][1]) ** 2;
    }, 0);
  const [[a, b, c], [, , f]] = best;
  for (const [da, db, dc, df] of [
    [1e-3, 0, 0, 0],
    [-1e-3, 0, 0, 0],
    [0, 1e-3, 0, 0],
    [0, -1e-3, 0, 0],
    [0, 0, 0.1, 0],
    [0, 0, 0, -0.1],
  ]) {
    const other = [
      [a + da, b + db, c + dc],
      [-b - db, a + da, f + df],
    ] as const;
    assert.ok(error(other) > error(best));
  }
});

test("similarityTransform() refuses points that are all the same and lists of other lengths", () => {
  const same: Point[] = [
    [1, 2],
    [1, 2],
    [1, 2],
  ];
  assert.throws(() => similarityTransform(same, same), /points that are not all the same/);
  assert.throws(() => similarityTransform(same, FACE_TEMPLATE), /got 3 and 5/);
  assert.throws(
    () =>
      similarityTransform(
        [
          [Number.NaN, 1],
          [2, 3],
        ],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    RangeError,
  );
});
