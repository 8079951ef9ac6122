import type { Canvas, Rgb } from "../drawing/canvas.ts";
import type { Random } from "../numbers/random.ts";
import type { FaceIdentity } from "./face-identity.ts";
import type { HeadProjection } from "./head-pose.ts";
import type { PhotoConditions } from "./photo-conditions.ts";

/** What every part of the drawing gets: who, under which conditions, through which projection, onto what. */
export interface Scene {
  readonly canvas: Canvas;
  readonly head: HeadProjection;
  readonly who: FaceIdentity;
  readonly photo: PhotoConditions;
  /** For what is a matter of this photo alone, such as clutter and strands of hair. */
  readonly random: Random;
}

/** A colour times a factor. */
export function shade(color: Rgb, by: number): Rgb {
  return [color[0] * by, color[1] * by, color[2] * by];
}

export const BLACK: Rgb = [0.008, 0.006, 0.006];
export const WHITE: Rgb = [1, 1, 1];
