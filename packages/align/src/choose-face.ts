import type { Face } from "./face.ts";

/**
 * The main face of a photo, by the reference's choice: the largest area of the box minus twice the squared
 * distance of its centre from the photo's centre; the earlier one where two are equal.
 *
 * @returns `undefined` where there are no faces.
 */
export function chooseFace(
  faces: readonly Face[],
  photo: { width: number; height: number },
): Face | undefined {
  let best: Face | undefined;
  let bestWeight = -Infinity;
  for (const face of faces) {
    const weight = weightOf(face, photo);
    if (weight > bestWeight) [best, bestWeight] = [face, weight];
  }
  return best;
}

function weightOf(
  { box: [x1, y1, x2, y2] }: Face,
  { width, height }: { width: number; height: number },
): number {
  const right = (x1 + x2) / 2 - width / 2;
  const down = (y1 + y2) / 2 - height / 2;
  return (x2 - x1) * (y2 - y1) - 2 * (right * right + down * down);
}
