import type { Landmarks, Point } from "@amface/align";
import { type Corners, matchBoxes, overlap } from "./match-boxes.ts";

/** A face whose points are known, by hand or by the generator; pixels, counted from 0. */
export interface TrueFace {
  readonly landmarks: Landmarks;
  readonly box: Corners;
  /** Set where too little is seen for a detector to be asked for the face. */
  readonly isHidden?: boolean;
}

/**
 * Hand-placed boxes are squares from the eyebrows to the chin; MTCNN's are 1.2 times as wide and 1.6 times as high, with
 * the forehead. On the held-out photos the reference's own boxes overlap them by 0.41 to 0.82, and no box of
 * another face by more than 0.11: between lies 0.3.
 */
const LEAST_OVERLAP = 0.3;

/** The found face of each true one, or `undefined`: it holds the mean of the true points and overlaps the true box. */
export function findTrueFaces<F extends { readonly box: Corners }>(
  truth: readonly TrueFace[],
  found: readonly F[],
): (F | undefined)[] {
  const likeness = (face: TrueFace, { box }: F) =>
    isInside(meanOf(face.landmarks), box) ? overlap(face.box, box) : 0;
  return matchBoxes(truth, found, LEAST_OVERLAP, likeness).map((j) => found[j]);
}

/** Distance of each of five points from the true one, over the true distance of the eyes. */
export function landmarkErrors(truth: Landmarks, found: Landmarks): number[] {
  const eyes = distance(truth[0], truth[1]);
  return truth.map((point, i) => distance(point, found[i]) / eyes);
}

export function meanOf(points: readonly Point[]): Point {
  const sum = (axis: 0 | 1) => points.reduce((total, point) => total + point[axis], 0);
  return [sum(0) / points.length, sum(1) / points.length];
}

const distance = ([ax, ay]: Point, [bx, by]: Point) => Math.hypot(ax - bx, ay - by);

function isInside([x, y]: Point, [x1, y1, x2, y2]: Corners): boolean {
  return x > x1 && x < x2 && y > y1 && y < y2;
}
