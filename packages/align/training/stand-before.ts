import type { Landmarks, Point } from "@amface/align";
import type { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";
import { SEEN, SMALLEST, seenShare, type TrainingCanvas } from "./draw-canvas.ts";
import { outOfFocus } from "./photograph.ts";

export interface StandOptions {
  readonly random: Random;
  /** Whether the canvas behind is out of focus. */
  readonly unfocused: boolean;
}

/**
 * Puts one canvas, or what of it fits, behind a person of another with a larger face: faces are hidden in part by the head
 * and the shoulders before them, as in a crowd. Faces of which less than half is left are neither taught as faces nor as none.
 */
export function standBefore(a: TrainingCanvas, b: TrainingCanvas, options: StandOptions): TrainingCanvas {
  const { random, unfocused } = options;
  if (a.faces.length === 0 || b.faces.length === 0) return a;
  const picked = [a, b].map((canvas) => ({ canvas, face: random.pick(canvas.faces).box }));
  const [front, behind] = picked.sort((one, other) => heightOf(other.face) - heightOf(one.face));
  const by = towards(behind.face, front.face, front.canvas.image, random);
  const background = unfocused
    ? outOfFocus(behind.canvas.image, [behind.face], random.fork("focus"))
    : behind.canvas.image;
  const shown = shownBehind(front.face, front.canvas.image, background, by, random);
  const { width, height } = front.canvas.image;
  const whole = { x1: 1, y1: 1, x2: width, y2: height };
  const faces = [
    ...front.canvas.faces.map((face) => {
      return { face, seen: seenShare(face.box, whole) - meanOver(shown, face.box, width) };
    }),
    ...behind.canvas.faces.map(({ landmarks, box, trust }) => {
      const face = { landmarks: movedPoints(landmarks, by), box: movedBox(box, by), trust };
      return { face, seen: meanOver(shown, face.box, width) };
    }),
  ].map(({ face, seen }) => ({ face, isSeen: seen > SEEN && heightOf(face.box) > SMALLEST }));
  return {
    image: blended(front.canvas.image, background, by, shown),
    faces: faces.filter(({ isSeen }) => isSeen).map(({ face }) => face),
    unsure: [
      ...front.canvas.unsure,
      ...behind.canvas.unsure.map((box) => movedBox(box, by)),
      ...faces.filter(({ isSeen }) => !isSeen).map(({ face }) => face.box),
    ],
  };
}

/** How far to move a face so that it comes to lie beside a larger one, or behind a part of it. */
function towards(face: Corners, larger: Corners, { width, height }: RgbImage, random: Random): Point {
  const [x, y, w] = middleOf(face);
  const [ox, oy, otherWidth, otherHeight] = middleOf(larger);
  const aside = (random.chance(0.5) ? 1 : -1) * random.uniform(0.4, 1.6) * (w + otherWidth) * 0.5;
  const within = (at: number, length: number) => Math.min(length, Math.max(0, at));
  return [
    Math.round(within(ox + aside, width) - x),
    Math.round(within(oy + random.uniform(-0.9, 0.5) * otherHeight, height) - y),
  ];
}

/**
 * How much of each pixel shows the canvas behind, 0..1: where it lies and no head, an ellipse around the face and its hair,
 * and no shoulders, which widen under it, are before it.
 */
function shownBehind(
  face: Corners,
  { width, height }: RgbImage,
  behind: RgbImage,
  [left, top]: Point,
  random: Random,
): Float32Array {
  const [cx, cy, w, h] = middleOf(face);
  const [hair, breadth] = [random.uniform(0.55, 0.8), random.uniform(1, 1.8)];
  const shown = new Float32Array(width * height);
  for (let y = Math.max(0, top); y < Math.min(height, top + behind.height); y++) {
    const dy = (y + 1 - cy) / h;
    for (let x = Math.max(0, left); x < Math.min(width, left + behind.width); x++) {
      const dx = Math.abs(x + 1 - cx) / w;
      const head = hair * (1 - Math.hypot(dx / hair, (dy + 0.08) / (hair + 0.1)));
      const shoulders = dy > 0.4 ? 0.4 + breadth * Math.sqrt(Math.min(1, 2 * (dy - 0.4))) - dx : -1;
      // The edge is as soft as two pixels.
      shown[y * width + x] = Math.min(1, Math.max(0, 0.5 - (Math.max(head, shoulders) * w) / 2));
    }
  }
  return shown;
}

/** The mean of values over a box, 0 outside of the canvas. */
function meanOver(values: Float32Array, { x1, y1, x2, y2 }: Corners, width: number): number {
  let sum = 0;
  for (let y = Math.max(0, Math.round(y1) - 1); y < Math.min(values.length / width, y2); y++) {
    for (let x = Math.max(0, Math.round(x1) - 1); x < Math.min(width, x2); x++) sum += values[y * width + x];
  }
  return sum / ((x2 - x1 + 1) * (y2 - y1 + 1));
}

function blended(front: RgbImage, behind: RgbImage, [left, top]: Point, shown: Float32Array): RgbImage {
  const data = Uint8Array.from(front.data);
  for (const [i, share] of shown.entries()) {
    if (share === 0) continue;
    const from = ((Math.floor(i / front.width) - top) * behind.width + (i % front.width) - left) * 3;
    for (let c = 0; c < 3; c++) data[3 * i + c] += share * (behind.data[from + c] - data[3 * i + c]);
  }
  return { ...front, data };
}

const heightOf = ({ y1, y2 }: Corners) => y2 - y1;

function middleOf({ x1, y1, x2, y2 }: Corners) {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1] as const;
}

function movedBox({ x1, y1, x2, y2 }: Corners, [dx, dy]: Point): Corners {
  return { x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy };
}

function movedPoints([a, b, c, d, e]: Landmarks, [dx, dy]: Point): Landmarks {
  const moved = ([x, y]: Point): Point => [x + dx, y + dy];
  return [moved(a), moved(b), moved(c), moved(d), moved(e)];
}
