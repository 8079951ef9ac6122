import type { RgbImage } from "@amface/images";
import { boxWindow } from "../src/detect/boxes.ts";
import { AreaResampler } from "../src/warp/resample-area.ts";
import type { TrainingWindow } from "./choose-windows.ts";

/** Windows with what they teach, as flat arrays that cross threads without a copy. */
export interface WindowBatch {
  /** `[B, 3, side, side]`, `(pixels - 127.5) / 128`. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** `[B]`: 1 a face, 0 none. */
  readonly labels: Float32Array<ArrayBuffer>;
  /** `[B]`: whether the label counts. */
  readonly labelWeights: Float32Array<ArrayBuffer>;
  /** `[B, 4]`: offsets of x1, y1, x2, y2 as shares of the window's side. */
  readonly offsets: Float32Array<ArrayBuffer>;
  /** `[B]`: whether the offsets count. */
  readonly offsetWeights: Float32Array<ArrayBuffer>;
  /** `[B, 10]`: five x, five y as shares of the window. */
  readonly points: Float32Array<ArrayBuffer>;
  /** `[B]`: how much the points count. */
  readonly pointWeights: Float32Array<ArrayBuffer>;
}

/** A batch for `count` windows of `side`, to be filled. */
export function emptyBatch(count: number, side: number): WindowBatch {
  return {
    pixels: new Float32Array(count * 3 * side * side),
    labels: new Float32Array(count),
    labelWeights: new Float32Array(count),
    offsets: new Float32Array(count * 4),
    offsetWeights: new Float32Array(count),
    points: new Float32Array(count * 10),
    pointWeights: new Float32Array(count),
  };
}

/** Writes a canvas' windows into a batch, from place `at` on. */
export function fillBatch(
  batch: WindowBatch,
  at: number,
  image: RgbImage,
  windows: readonly TrainingWindow[],
  side: number,
): void {
  const photo = new AreaResampler(image);
  for (const [i, { box, label, face }] of windows.entries()) {
    const place = at + i;
    const size = { width: side, height: side, round: side === 12 };
    photo.resample(
      boxWindow({ ...box, score: 0, offsets: [0, 0, 0, 0] }),
      size,
      batch.pixels,
      place * 3 * side * side,
    );
    batch.labels[place] = label ?? 0;
    batch.labelWeights[place] = label === undefined ? 0 : 1;
    if (!face) continue;
    batch.offsetWeights[place] = 1;
    // P-Net's offsets count the side without its last pixel, as the reference's do.
    const length = box.x2 - box.x1 + (side === 12 ? 0 : 1);
    const corners = ["x1", "y1", "x2", "y2"] as const;
    for (const [k, corner] of corners.entries()) {
      batch.offsets[place * 4 + k] = (face.box[corner] - box[corner]) / length;
    }
    batch.pointWeights[place] = label === 1 ? face.trust : 0;
    for (const [k, [x, y]] of face.landmarks.entries()) {
      batch.points[place * 10 + k] = (x - box.x1 + 1) / length;
      batch.points[place * 10 + 5 + k] = (y - box.y1 + 1) / length;
    }
  }
}
