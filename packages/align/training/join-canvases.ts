import type { Random } from "@amface/data";
import { isSeen, type TrainingCanvas } from "./draw-canvas.ts";

/**
 * Puts the right or lower part of one canvas over that of another: faces are cut off in the middle of a photo too, as
 * where somebody stands before them.
 */
export function joinCanvases(left: TrainingCanvas, right: TrainingCanvas, random: Random): TrainingCanvas {
  const { width, height } = left.image;
  const data = Uint8Array.from(left.image.data);
  const upright = random.chance(0.7);
  const cut = Math.round(random.uniform(0.25, 0.75) * (upright ? width : height));
  const [fromX, fromY] = upright ? [cut, 0] : [0, cut];
  const [toX, toY] = [Math.min(width, right.image.width), Math.min(height, right.image.height)];
  for (let y = fromY; y < toY; y++) {
    const row = right.image.data.subarray(
      (y * right.image.width + fromX) * 3,
      (y * right.image.width + toX) * 3,
    );
    if (toX > fromX) data.set(row, (y * width + fromX) * 3);
  }
  const first = { x1: 1, y1: 1, x2: upright ? cut : width, y2: upright ? height : cut };
  const second = { x1: fromX + 1, y1: fromY + 1, x2: toX, y2: toY };
  const faces = [
    ...left.faces.filter(({ box }) => isSeen(box, first)),
    ...right.faces.filter(({ box }) => isSeen(box, second)),
  ];
  const others = [...left.faces, ...right.faces].filter((face) => !faces.includes(face));
  return {
    image: { data, width, height },
    faces,
    unsure: [...left.unsure, ...right.unsure, ...others.map(({ box }) => box)],
  };
}
