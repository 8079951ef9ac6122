import type { Face } from "../warp/face.ts";

/**
 * Faces of a photo, the main one first, by the reference's choice: the area of the box minus twice the squared
 * distance of its centre from the photo's centre, falling; the order given where two are equal.
 */
export function rankFaces(faces: readonly Face[], photo: { width: number; height: number }): Face[] {
  return faces
    .map((face) => ({ face, weight: weightOf(face, photo) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ face }) => face);
}

/**
 * The main face of a photo, the first of `rankFaces`.
 *
 * @returns `undefined` where there are no faces.
 */
export function chooseFace(
  faces: readonly Face[],
  photo: { width: number; height: number },
): Face | undefined {
  return rankFaces(faces, photo)[0];
}

function weightOf(
  { box: [x1, y1, x2, y2] }: Face,
  { width, height }: { width: number; height: number },
): number {
  const right = (x1 + x2) / 2 - width / 2;
  const down = (y1 + y2) / 2 - height / 2;
  return (x2 - x1) * (y2 - y1) - 2 * (right * right + down * down);
}
