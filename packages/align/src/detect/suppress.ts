import { BoxGrid } from "./box-grid.ts";
import type { Box, Corners } from "./boxes.ts";

/** What the shared area of two boxes is measured against: their union, or the smaller of them. */
export type OverlapOf = "union" | "min";

/**
 * Greedy non-maximum suppression: takes the box with the highest score, drops all that overlap it by more
 * than `threshold`, and so on. A box's sides count as `x2 - x1 + 1`; among equal scores the later box
 * wins, as it does where a stable ascending sort is read from its end, the reference's way. Near 1 many scores of
 * P-Net are equal in float32, and NumPy's sort is not stable for long lists: there no rule follows it always.
 *
 * Boxes are held only against those near them: the time grows with their number, not with its square.
 *
 * @param threshold Largest overlap that is kept, 0..1.
 * @returns The boxes that remain, by falling score.
 */
export function suppress<T extends Box>(boxes: readonly T[], threshold: number, overlapOf: OverlapOf): T[] {
  const order = boxes.map((_, i) => i).sort((a, b) => boxes[b].score - boxes[a].score || b - a);
  const grid = boxes.every(BoxGrid.takes) ? new BoxGrid<T>() : undefined;
  const kept: T[] = [];
  for (const i of order) {
    const box = boxes[i];
    const drops = (better: T) => isOver(better, box, threshold, overlapOf);
    if (grid ? grid.someNear(box, drops) : kept.some(drops)) continue;
    kept.push(box);
    grid?.add(box);
  }
  return kept;
}

function isOver(a: Corners, b: Corners, threshold: number, overlapOf: OverlapOf): boolean {
  const shared = sharedArea(a, b);
  const [areaA, areaB] = [areaOf(a), areaOf(b)];
  const whole = overlapOf === "union" ? areaA + areaB - shared : Math.min(areaA, areaB);
  // Not `shared / whole > threshold`: an undefined ratio drops the box, as in the reference.
  return !(shared / whole <= threshold);
}

/** Area of a box, both ends inside. */
export function areaOf({ x1, y1, x2, y2 }: Corners): number {
  return (x2 - x1 + 1) * (y2 - y1 + 1);
}

/** Area that two boxes share, 0 where they do not meet. */
export function sharedArea(a: Corners, b: Corners): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1) + 1;
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1) + 1;
  return Math.max(0, width) * Math.max(0, height);
}
