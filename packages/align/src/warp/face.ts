import type { Landmarks } from "@amface/images";

export type { Landmarks, Point } from "@amface/images";

/**
 * How a face was found that the first look missed: with `lower` thresholds, in the photo `enlarged`, `framed` in black,
 * in `grey` levels, or turned clockwise.
 */
export type FaceLook = "lower" | "enlarged" | "framed" | "grey" | "turned-90" | "turned-180" | "turned-270";

export const FACE_LOOKS: readonly FaceLook[] = [
  "lower",
  "enlarged",
  "framed",
  "grey",
  "turned-90",
  "turned-180",
  "turned-270",
];

export interface Face {
  /**
   * Corners `[x1, y1, x2, y2]` in pixels, as the reference pipeline gives them: it counts pixels from 1 and
   * takes both corners into the box. They may lie outside the photo.
   */
  box: readonly [number, number, number, number];
  /** Probability of a face, 0..1. */
  score: number;
  landmarks: Landmarks;
  /** Absent where the first look found it. */
  look?: FaceLook;
}
