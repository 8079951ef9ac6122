import { type Affine, type Landmarks, type Point, warpAffine } from "@amface/align";
import type { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";
import { resizeArea } from "../src/warp/resize-area.ts";
import { cluttered } from "./clutter.ts";
import { type BoxCoefficients, faceBox } from "./face-box.ts";
import type { KnownFace, LabelledPhoto } from "./labelled-photo.ts";
import { occluded, outOfFocus, photographed } from "./photograph.ts";

/** A photo as it is shown to the nets: turned, scaled, cut, and seen in another light. */
export interface TrainingCanvas {
  readonly image: RgbImage;
  readonly faces: readonly (KnownFace & { readonly box: Corners })[];
  readonly unsure: readonly Corners[];
}

/** Largest side of a canvas, and the range of the face's height on it, in pixels. */
const CANVAS = 240;
const FACE_HEIGHT = [20, 180] as const;
/** Smallest face that counts as one; what is smaller may be found or not. */
export const SMALLEST = 18;
/** The share of a face's box that must be seen. */
export const SEEN = 0.5;

export interface DrawOptions {
  readonly random: Random;
  /** Whether the canvas keeps the photo's own light. */
  readonly plain?: boolean;
  /** Whether it is out of focus. */
  readonly unfocused?: boolean;
  /** Whether lettering and patterned cloth are put on it. */
  readonly clutter?: boolean;
}

/** Draws a training canvas from a photo. Every change is drawn from `random`. */
export async function drawCanvas(
  photo: LabelledPhoto,
  source: RgbImage,
  coefficients: BoxCoefficients,
  { random, plain = false, unfocused = false, clutter = false }: DrawOptions,
): Promise<TrainingCanvas> {
  const anchor = photo.faces.length > 0 ? random.pick(photo.faces).landmarks : undefined;
  const { matrix, scale, mirrored, size } = drawMotion(
    source,
    anchor && faceBox(coefficients, anchor),
    random,
  );
  const move = ([x, y]: Point): Point => [
    matrix[0][0] * x + matrix[0][1] * y + matrix[0][2],
    matrix[1][0] * x + matrix[1][1] * y + matrix[1][2],
  ];
  const faces = photo.faces.map(({ landmarks, trust }) => {
    const moved = movedLandmarks(landmarks, move, mirrored);
    return { landmarks: moved, trust, box: faceBox(coefficients, moved) };
  });
  const whole = { x1: 1, y1: 1, x2: size.width, y2: size.height };
  const seen = faces.filter(({ box }) => isSeen(box, whole));
  let image = warped(source, matrix, scale, size);
  if (random.chance(0.3)) image = occluded(image, seen, random);
  const unsure = [
    ...faces.filter(({ box }) => !isSeen(box, whole)).map(({ box }) => box),
    ...photo.unsure.map((box) => boundsOf(box, move)),
  ];
  const boxes = [...seen.map(({ box }) => box), ...unsure];
  if (clutter) image = cluttered(image, boxes, random.fork("clutter"));
  if (unfocused) image = outOfFocus(image, boxes, random.fork("focus"));
  return {
    image: plain ? image : await photographed(image, random),
    faces: seen,
    unsure,
  };
}

/** Whether most of a face lies in a part of a canvas, and is not too small. */
export function isSeen(box: Corners, part: Corners): boolean {
  return seenShare(box, part) > SEEN && box.y2 - box.y1 > SMALLEST;
}

/** The share of a box that lies in a part of a canvas, 0..1. */
export function seenShare({ x1, y1, x2, y2 }: Corners, part: Corners): number {
  const width = Math.min(x2, part.x2) - Math.max(x1, part.x1);
  const height = Math.min(y2, part.y2) - Math.max(y1, part.y1);
  return (Math.max(0, width) * Math.max(0, height)) / ((x2 - x1) * (y2 - y1));
}

/** Draws how the photo is turned, scaled, mirrored and cut; around `box` where there is a face. */
function drawMotion({ width, height }: RgbImage, box: Corners | undefined, random: Random) {
  const side = box ? box.y2 - box.y1 : random.uniform(0.2, 1) * Math.min(width, height);
  const [low, high] = FACE_HEIGHT;
  const scale = Math.min(1.5, (low * (high / low) ** random.next()) / side);
  const roll = random.chance(0.6) ? random.uniform(-12, 12) : random.uniform(-38, 38);
  const mirrored = random.chance(0.5);
  const radians = (roll * Math.PI) / 180;
  const [cos, sin] = [scale * Math.cos(radians), scale * Math.sin(radians)];
  const flip = mirrored ? -1 : 1;
  const centre: Point = box
    ? [(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2]
    : [random.uniform(0.3, 0.7) * width, random.uniform(0.3, 0.7) * height];
  const canvasSide = (of: number) => Math.max(48, Math.min(CANVAS, Math.round(of * scale)));
  const size = { width: canvasSide(width), height: canvasSide(height) };
  // Where the centre comes to lie: as in the photo, anywhere that leaves most of the face in, or cut by the edge.
  const place = (of: number, at: number, length: number, cut: boolean) => {
    const free = Math.max(0, length - 0.8 * side * scale) / 2;
    if (cut) {
      const inside = random.uniform(-0.05, 0.4) * side * scale;
      return random.chance(0.5) ? inside : length - inside;
    }
    const kept = (flipped: number) => Math.min(length / 2 + free, Math.max(length / 2 - free, flipped));
    return random.chance(0.5) ? kept((at / of) * length) : length / 2 + random.uniform(-free, free);
  };
  const edge = random.chance(0.3) ? random.int(4) : -1;
  const x = place(width, mirrored ? width - centre[0] : centre[0], size.width, edge === 0 || edge === 1);
  const y = place(height, centre[1], size.height, edge === 2);
  const matrix: Affine = [
    [flip * cos, -sin, x - flip * cos * centre[0] + sin * centre[1]],
    [flip * sin, cos, y - flip * sin * centre[0] - cos * centre[1]],
  ];
  return { matrix, scale, mirrored, size };
}

/** Warps after averaging the photo down to the scale, where it shrinks: a bilinear warp alone would skip pixels. */
function warped(
  source: RgbImage,
  matrix: Affine,
  scale: number,
  { width, height }: { width: number; height: number },
): RgbImage {
  if (scale > 0.7) return warpAffine(source, matrix, height, width);
  const whole = { left: 0, top: 0, width: source.width, height: source.height };
  const small = resizeArea(
    source,
    whole,
    Math.max(1, Math.round(source.height * scale)),
    Math.max(1, Math.round(source.width * scale)),
  );
  const [across, down] = [source.width / small.width, source.height / small.height];
  const [[a, b, c], [d, e, f]] = matrix;
  const toSmall: Affine = [
    [a * across, b * down, c + (a * (across - 1)) / 2 + (b * (down - 1)) / 2],
    [d * across, e * down, f + (d * (across - 1)) / 2 + (e * (down - 1)) / 2],
  ];
  return warpAffine(small, toSmall, height, width);
}

function movedLandmarks(landmarks: Landmarks, move: (point: Point) => Point, mirrored: boolean): Landmarks {
  const [left, right, nose, leftMouth, rightMouth] = landmarks.map(move);
  return mirrored ? [right, left, nose, rightMouth, leftMouth] : [left, right, nose, leftMouth, rightMouth];
}

/** The upright box around a moved one. */
function boundsOf({ x1, y1, x2, y2 }: Corners, move: (point: Point) => Point): Corners {
  const points = [
    [x1, y1],
    [x2, y1],
    [x1, y2],
    [x2, y2],
  ].map(([x, y]) => move([x, y]));
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) };
}
