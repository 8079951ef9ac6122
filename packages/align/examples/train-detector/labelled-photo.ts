import type { Landmarks } from "@amface/align";
import type { Box } from "../../src/boxes.ts";

/** Corners of a box as the detector counts them: from 1, both ends inside. */
export type Corners = Pick<Box, "x1" | "y1" | "x2" | "y2">;

/** A face whose five points are known, in pixels counted from 0. */
export interface KnownFace {
  readonly landmarks: Landmarks;
  /** How far its points are to be trusted: 1 placed by hand or drawn, less where the teacher found them. */
  readonly trust: number;
}

/** A photo to train on. */
export interface LabelledPhoto {
  readonly path: string;
  readonly kind: "landmarks" | "celeba" | "generated";
  readonly faces: readonly KnownFace[];
  /** Where there may be a face or not: nothing is taught there. */
  readonly unsure: readonly Corners[];
}

/** The share of two boxes' union that both cover, 0..1. */
export function overlap(a: Corners, b: Corners): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1) + 1;
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1) + 1;
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (areaOf(a) + areaOf(b) - shared);
}

function areaOf({ x1, y1, x2, y2 }: Corners): number {
  return (x2 - x1 + 1) * (y2 - y1 + 1);
}
