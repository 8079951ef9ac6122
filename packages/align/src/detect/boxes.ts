/**
 * A candidate box: corners in pixels, score, and the net's offsets of the four corners as fractions of
 * the box. The detector's coordinates count pixels from 1 and both ends belong to the box, as in Matlab,
 * where MTCNN was written; the reference keeps to that and so do its weights.
 */
export interface Box {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  score: number;
  offsets: readonly [number, number, number, number];
}

/** Corners of a box: pixels counted from 1, both ends inside. */
export type Corners = Pick<Box, "x1" | "y1" | "x2" | "y2">;

/**
 * Moves a P-Net box by its offsets. The sides count as `x2 - x1`, without the +1 that R- and O-Net boxes
 * have: the reference treats the two differently.
 */
export function regressProposal(box: Box): Box {
  return moved(box, box.x2 - box.x1, box.y2 - box.y1);
}

/** Moves an R- or O-Net box by its offsets. The sides count as `x2 - x1 + 1`. */
export function regressBox(box: Box): Box {
  return moved(box, box.x2 - box.x1 + 1, box.y2 - box.y1 + 1);
}

function moved(box: Box, width: number, height: number): Box {
  const [dx1, dy1, dx2, dy2] = box.offsets;
  return {
    ...box,
    x1: box.x1 + dx1 * width,
    y1: box.y1 + dy1 * height,
    x2: box.x2 + dx2 * width,
    y2: box.y2 + dy2 * height,
  };
}

/** The square around the same centre whose side is the box's longer one (`x2 - x1`, without +1). */
export function squareBox(box: Box): Box {
  const width = box.x2 - box.x1;
  const height = box.y2 - box.y1;
  const side = Math.max(width, height);
  const x1 = box.x1 + width * 0.5 - side * 0.5;
  const y1 = box.y1 + height * 0.5 - side * 0.5;
  return { ...box, x1, y1, x2: x1 + side, y2: y1 + side };
}

/** Cuts the fractions off the corners, towards zero. */
export function truncateBox(box: Box): Box {
  const { x1, y1, x2, y2 } = box;
  return { ...box, x1: Math.trunc(x1), y1: Math.trunc(y1), x2: Math.trunc(x2), y2: Math.trunc(y2) };
}

/**
 * The pixels of a truncated box, counted from 0: it begins at `x1 - 1` and is `x2 - x1 + 1` wide. Parts
 * outside the photo are left for the reader of the window to fill with black.
 */
export function boxWindow({ x1, y1, x2, y2 }: Box) {
  return { left: x1 - 1, top: y1 - 1, width: x2 - x1 + 1, height: y2 - y1 + 1 };
}
