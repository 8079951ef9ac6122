import type { Landmarks } from "@amface/align";
import type { Corners } from "../src/detect/boxes.ts";
import { areaOf, sharedArea } from "../src/detect/suppress.ts";

/** A face whose five points are known, in pixels counted from 0. */
export interface KnownFace {
  readonly landmarks: Landmarks;
  /** How far its points are to be trusted: 1 placed by hand or drawn, less where the teacher found them. */
  readonly trust: number;
}

/** A photo to train on. */
export interface LabelledPhoto {
  readonly path: string;
  /** `negatives` show no face. */
  readonly kind: "landmarks" | "celeba" | "generated" | "negatives";
  readonly faces: readonly KnownFace[];
  /** Where there may be a face or not: nothing is taught there. */
  readonly unsure: readonly Corners[];
}

/** The share of two boxes' union that both cover, 0..1. */
export function overlap(a: Corners, b: Corners): number {
  const shared = sharedArea(a, b);
  return shared / (areaOf(a) + areaOf(b) - shared);
}
