/** x (to the right) and y (downwards) in pixels. */
export type Point = readonly [number, number];

/**
 * Left eye, right eye, nose, left and right mouth corner, as the viewer sees them: the left eye is the one
 * with the smaller x. Pixels, counted from 0.
 */
export type Landmarks = readonly [Point, Point, Point, Point, Point];

export interface Face {
  /**
   * Corners `[x1, y1, x2, y2]` in pixels, as the reference pipeline gives them: it counts pixels from 1 and
   * takes both corners into the box. They may lie outside the photo.
   */
  box: readonly [number, number, number, number];
  /** Probability of a face, 0..1. */
  score: number;
  landmarks: Landmarks;
}
