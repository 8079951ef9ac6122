import type { Random } from "@amface/data";
import type { Corners } from "../src/detect/boxes.ts";
import type { TrainingCanvas } from "./draw-canvas.ts";
import { overlap } from "./labelled-photo.ts";

/** A window that a net is shown, and the face that it is nearest to, if it teaches one. */
export interface TrainingWindow {
  readonly box: Corners;
  /** 1 a face, 0 none, undefined where only the box is taught: half a face. */
  readonly label: 0 | 1 | undefined;
  readonly face: TrainingCanvas["faces"][number] | undefined;
}

/** Overlap of a window with the square around a face: from the first on it shows one, below the last it does not. */
const FACE = 0.6;
const PART = 0.4;
const NONE = 0.3;
/** Shares of windows with a face and with a part of one; the others show none. */
const SHARES = { face: 0.4, part: 0.15 };
/** The smallest window, in pixels. */
const SMALLEST = 14;
const TRIES = 40;

/**
 * Chooses `count` windows of a canvas: of each kind half or more from the candidates of the stage before, where there are
 * enough, since they are what a net will meet; the others drawn at random.
 */
export function chooseWindows(
  canvas: TrainingCanvas,
  candidates: readonly Corners[],
  count: number,
  random: Random,
): TrainingWindow[] {
  const judged = candidates.map((box) => judge(canvas, box));
  const from = (label: TrainingWindow["label"]) => {
    const some = judged.filter(
      (window): window is TrainingWindow => window !== undefined && window.label === label,
    );
    return Array.from(random.permutation(some.length), (i) => some[i]);
  };
  const chosen: TrainingWindow[] = [];
  const add = (label: TrainingWindow["label"], wanted: number, mined: number, draw: () => Corners) => {
    const windows = from(label).slice(0, Math.round(wanted * mined));
    for (let i = 0; windows.length < wanted && i < TRIES * wanted; i++) {
      const window = judge(canvas, draw());
      if (window && window.label === label) windows.push(window);
    }
    chosen.push(...windows);
  };
  if (canvas.faces.length > 0) {
    const near = () => jittered(random.pick(canvas.faces).box, 0.1, 0.15, random);
    add(1, Math.round(count * SHARES.face), 0.6, near);
    const far = () => jittered(random.pick(canvas.faces).box, 0.2, 0.3, random);
    add(undefined, Math.round(count * SHARES.part), 0.5, far);
  }
  const elsewhere = () =>
    canvas.faces.length > 0 && random.chance(0.4)
      ? jittered(random.pick(canvas.faces).box, 0.5, 0.6, random)
      : anywhere(canvas, random);
  add(0, count - chosen.length, 0.8, elsewhere);
  return chosen;
}

/** What a window teaches; undefined where nothing can be said. */
function judge({ faces, unsure }: TrainingCanvas, box: Corners): TrainingWindow | undefined {
  if (box.x2 - box.x1 < SMALLEST || box.y2 - box.y1 < SMALLEST) return undefined;
  let [best, face] = [0, undefined as TrainingCanvas["faces"][number] | undefined];
  for (const each of faces) {
    const shared = overlap(box, squareOf(each.box));
    if (shared > best) [best, face] = [shared, each];
  }
  if (best >= FACE) return { box, label: 1, face };
  if (best >= PART) return { box, label: undefined, face };
  if (best >= NONE || unsure.some((other) => overlap(box, squareOf(other)) > 0.2)) return undefined;
  return { box, label: 0, face: undefined };
}

function squareOf({ x1, y1, x2, y2 }: Corners): Corners {
  const half = Math.max(x2 - x1, y2 - y1) / 2;
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return { x1: x - half, y1: y - half, x2: x + half, y2: y + half };
}

/** A square window about as large as a face's box, moved by `shift` of its side and scaled by `e^scale`, in the mean. */
function jittered(face: Corners, shift: number, scale: number, random: Random): Corners {
  const { x1, y1, x2, y2 } = squareOf(face);
  const side = (x2 - x1) * Math.exp(scale * random.normal());
  const x = (x1 + x2) / 2 + shift * side * random.normal();
  const y = (y1 + y2) / 2 + shift * side * random.normal();
  return whole(x, y, side);
}

/** A square window of any size at any place. */
function anywhere({ image: { width, height } }: TrainingCanvas, random: Random): Corners {
  const largest = Math.min(width, height);
  const side = SMALLEST * (largest / SMALLEST) ** random.next();
  const at = (length: number) => random.uniform(side / 2, length - side / 2);
  return whole(at(width), at(height), side);
}

function whole(x: number, y: number, side: number): Corners {
  const [x1, y1] = [Math.round(x - side / 2), Math.round(y - side / 2)];
  return { x1, y1, x2: x1 + Math.round(side) - 1, y2: y1 + Math.round(side) - 1 };
}
