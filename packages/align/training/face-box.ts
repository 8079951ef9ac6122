import type { Face, Landmarks } from "@amface/align";
import type { Corners } from "../src/detect/boxes.ts";

/**
 * Where the reference puts a face's box, as a linear function of its five points: centre x and y, width and height (a
 * row each), in units of the points' spread, from the points' places around their mean in the same units and a 1.
 */
export type BoxCoefficients = readonly (readonly number[])[];

/** Fits the function to faces that the reference found, by least squares. */
export function fitFaceBox(faces: readonly Pick<Face, "box" | "landmarks">[]): BoxCoefficients {
  const rows = faces.map(({ landmarks }) => shapeOf(landmarks).row);
  const targets = faces.map(({ box: [x1, y1, x2, y2], landmarks }) => {
    const { x, y, spread } = shapeOf(landmarks);
    // Points are counted from 0, boxes from 1.
    const target = [(x1 + x2) / 2 - 1 - x, (y1 + y2) / 2 - 1 - y, x2 - x1 + 1, y2 - y1 + 1];
    return target.map((value) => value / spread);
  });
  return [0, 1, 2, 3].map((k) =>
    leastSquares(
      rows,
      targets.map((target) => target[k]),
    ),
  );
}

/** The box of a face. */
export function faceBox(coefficients: BoxCoefficients, landmarks: Landmarks): Corners {
  const { x, y, spread, row } = shapeOf(landmarks);
  const [dx, dy, width, height] = coefficients.map(
    (weights) => spread * weights.reduce((sum, weight, i) => sum + weight * row[i], 0),
  );
  const [cx, cy] = [x + dx + 1, y + dy + 1];
  const [right, down] = [(width - 1) / 2, (height - 1) / 2];
  return { x1: cx - right, y1: cy - down, x2: cx + right, y2: cy + down };
}

/** Mean and spread of five points, and their places in these units with a 1 behind them. */
function shapeOf(landmarks: Landmarks) {
  const x = landmarks.reduce((sum, point) => sum + point[0], 0) / 5;
  const y = landmarks.reduce((sum, point) => sum + point[1], 0) / 5;
  const spread = Math.sqrt(
    landmarks.reduce((sum, point) => sum + (point[0] - x) ** 2 + (point[1] - y) ** 2, 0),
  );
  const row = [...landmarks.flatMap((point) => [(point[0] - x) / spread, (point[1] - y) / spread]), 1];
  return { x, y, spread, row };
}

/** Solves `rows · w ≈ values` by the normal equations, with a ridge since the ten coordinates add up to zero. */
function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const size = rows[0].length;
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size + 1 }, (_, j) =>
      rows.reduce((sum, row, n) => sum + row[i] * (j < size ? row[j] : values[n]), i === j ? 1e-3 : 0),
    ),
  );
  for (let pivot = 0; pivot < size; pivot++) {
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = matrix[i][pivot] / matrix[pivot][pivot];
      for (let j = pivot; j <= size; j++) matrix[i][j] -= factor * matrix[pivot][j];
    }
  }
  return matrix.map((row, i) => row[size] / row[i]);
}
