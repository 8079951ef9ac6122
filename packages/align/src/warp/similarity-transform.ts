import type { Point } from "./face.ts";

/** An affine map of the plane: `x' = m00·x + m01·y + m02`, `y' = m10·x + m11·y + m12`. */
export type Affine = readonly [readonly [number, number, number], readonly [number, number, number]];

/**
 * The similarity (scale, rotation, shift; no reflection) that takes `from` to `to` with the least sum of
 * squared distances: Umeyama 1991, "Least-squares estimation of transformation parameters between two
 * point patterns". In the plane its solution is, for points p and q measured from their means,
 * `a = Σ p·q / Σ|p|²`, `b = Σ p×q / Σ|p|²`, and the matrix `[[a, -b], [b, a]]`.
 *
 * @throws {RangeError} When the lists differ in length or all points of `from` are the same.
 */
export function similarityTransform(from: readonly Point[], to: readonly Point[]): Affine {
  if (from.length !== to.length || from.length < 2) {
    throw new RangeError(
      `Cannot fit a similarity: expected two lists of at least two points each, got ${from.length} and ${to.length}`,
    );
  }
  const [px, py] = mean(from);
  const [qx, qy] = mean(to);
  let dot = 0;
  let cross = 0;
  let spread = 0;
  for (let i = 0; i < from.length; i++) {
    const [x, y] = [from[i][0] - px, from[i][1] - py];
    const [u, v] = [to[i][0] - qx, to[i][1] - qy];
    dot += x * u + y * v;
    cross += x * v - y * u;
    spread += x * x + y * y;
  }
  if (!(spread > 0) || !Number.isFinite(dot + cross + spread)) {
    throw new RangeError(
      `Cannot fit a similarity: expected finite points that are not all the same, got ${JSON.stringify(from)}`,
    );
  }
  const a = dot / spread;
  const b = cross / spread;
  return [
    [a, -b, qx - a * px + b * py],
    [b, a, qy - b * px - a * py],
  ];
}

function mean(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point[0];
    y += point[1];
  }
  return [x / points.length, y / points.length];
}
