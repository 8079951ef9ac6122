import type { FaceNets } from "../nets/face-nets.ts";
import type { Landmarks, Point } from "../warp/face.ts";
import type { AreaResampler } from "../warp/resample-area.ts";
import { UprightWindow } from "../warp/upright-window.ts";
import { faceScore } from "./score.ts";
import { answerOf, type Steps } from "./steps.ts";

/** Sides of the windows that R- and O-Net see. */
const R_SIDE = 24;
const O_SIDE = 48;

/**
 * Where the landmarks of an upright face lie in the square around its box, as shares of its side: the mean of the
 * 13,639 upright faces with a score of 0.99 or more in the photos of CelebA that nets are trained on, made symmetrical.
 */
const MEAN_FACE: readonly Point[] = [
  [0.3375, 0.4005],
  [0.6725, 0.4005],
  [0.505, 0.614],
  [0.3475, 0.756],
  [0.6625, 0.756],
];

/** How the window is changed from look to look: scaled, moved by shares of its side, rolled by radians. */
const CHANGES: readonly { scale?: number; right?: number; down?: number; roll?: number }[] = [
  {},
  { scale: 0.85 },
  { scale: 1.15 },
  { right: 0.08 },
  { right: -0.08 },
  { down: 0.08 },
  { down: -0.08 },
  { roll: 0.2 },
  { roll: -0.2 },
];

/** What R- and O-Net make of a face that is upright and in the middle of their windows. */
export interface SecondLook {
  /** Means over the windows of the logits for a face. */
  readonly refined: number;
  readonly output: number;
  /** O-Net's mean as a probability, 0..1. */
  readonly score: number;
}

/**
 * Shows R- and O-Net a face again, turned upright and centred by its landmarks, in nine slightly different windows: a
 * real face looks like one in all of them, what happened to pass for one in a single window does not.
 *
 * @throws {RangeError} When all landmarks are the same.
 */
export function* lookTwice(nets: FaceNets, photo: AreaResampler, landmarks: Landmarks): Steps<SecondLook> {
  const refined = yield* refineTwice(nets, photo, landmarks);
  const output = meanLogit(yield* answerOf(nets.output(windows(photo, landmarks, O_SIDE), CHANGES.length)));
  return { refined, output, score: faceScore(0, output) };
}

/** R-Net's part of `lookTwice`: the mean of its logits for a face. */
export function* refineTwice(nets: FaceNets, photo: AreaResampler, landmarks: Landmarks): Steps<number> {
  return meanLogit(yield* answerOf(nets.refine(windows(photo, landmarks, R_SIDE), CHANGES.length)));
}

function windows(photo: AreaResampler, landmarks: Landmarks, side: number): Float32Array {
  const size = 3 * side * side;
  const pixels = new Float32Array(CHANGES.length * size);
  for (const [i, change] of CHANGES.entries()) {
    new UprightWindow(landmarks, templateOf(change, side), side).read(photo, pixels, i * size);
  }
  return pixels;
}

function templateOf(
  { scale = 1, right = 0, down = 0, roll = 0 }: (typeof CHANGES)[number],
  side: number,
): Point[] {
  const [cos, sin] = [Math.cos(roll) / scale, Math.sin(roll) / scale];
  return MEAN_FACE.map(([x, y]): Point => {
    const [u, v] = [x - 0.5, y - 0.5];
    return [(u * cos - v * sin + 0.5 + right) * side - 0.5, (u * sin + v * cos + 0.5 + down) * side - 0.5];
  });
}

function meanLogit(rows: Float32Array): number {
  const columns = rows.length / CHANGES.length;
  const logits = CHANGES.map((_, i) => rows[i * columns + 1] - rows[i * columns]);
  return logits.reduce((sum, logit) => sum + logit) / logits.length;
}
