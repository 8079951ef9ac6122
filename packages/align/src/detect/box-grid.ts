import type { Corners } from "./boxes.ts";

/** Largest coordinate that a grid takes: the numbers of a cell fit into one. */
const FARTHEST = 2 ** 24;

/** Boxes whose sides are at most that of a cell, by the cell of their upper left corner. */
interface Level<T> {
  readonly side: number;
  readonly boxes: T[];
  readonly cells: Map<number, T[]>;
}

/** Finds boxes by their place: a grid for each power of two that bounds their sides. */
export class BoxGrid<T extends Corners> {
  readonly #levels = new Map<number, Level<T>>();

  /** Whether a box has an area, and corners that are near enough: where one has not, neighbours do not tell of all overlaps. */
  static takes({ x1, y1, x2, y2 }: Corners): boolean {
    const isNear = [x1, y1, x2, y2].every((v) => Math.abs(v) <= FARTHEST);
    return isNear && x2 - x1 + 1 > 0 && y2 - y1 + 1 > 0;
  }

  add(box: T): void {
    const side = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(box.x2 - box.x1, box.y2 - box.y1) + 1)));
    const level = this.#levels.get(side) ?? { side, boxes: [], cells: new Map<number, T[]>() };
    this.#levels.set(side, level);
    const key = cellKey(Math.floor(box.x1 / side), Math.floor(box.y1 / side));
    const cell = level.cells.get(key);
    if (cell) cell.push(box);
    else level.cells.set(key, [box]);
    level.boxes.push(box);
  }

  /** Whether the predicate holds for any box that was added and meets this one; others may be asked too. */
  someNear(box: Corners, predicate: (other: T) => boolean): boolean {
    for (const level of this.#levels.values()) {
      if (someOf(level, box, predicate)) return true;
    }
    return false;
  }
}

function someOf<T>(
  { side, boxes, cells }: Level<T>,
  { x1, y1, x2, y2 }: Corners,
  predicate: (other: T) => boolean,
): boolean {
  // Upper left corners of boxes that meet this one: from a side before it to its end; and a pixel for rounding.
  const [left, right] = [Math.floor((x1 - 1) / side) - 1, Math.floor((x2 + 2) / side)];
  const [top, bottom] = [Math.floor((y1 - 1) / side) - 1, Math.floor((y2 + 2) / side)];
  if ((right - left + 1) * (bottom - top + 1) >= boxes.length) return boxes.some(predicate);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      if (cells.get(cellKey(column, row))?.some(predicate)) return true;
    }
  }
  return false;
}

const cellKey = (column: number, row: number) => column * 4 * FARTHEST + row;
