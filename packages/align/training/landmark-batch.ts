import type { Landmarks, Point } from "@amface/align";
import type { Random } from "@amface/data";
import { LANDMARK_WINDOW, LandmarkWindow } from "../src/warp/landmark-window.ts";
import { AreaResampler } from "../src/warp/resample-area.ts";
import type { TrainingCanvas } from "./draw-canvas.ts";
import type { WindowBatch } from "./window-batch.ts";

/** Standard deviations of O-Net's landmarks as a whole: shift over the points' spread, log of the scale, roll in radians. */
const ERROR = { shift: 0.06, scale: 0.1, roll: 0.12 };

/** Writes `count` windows around a canvas' faces as L-Net meets them, from place `at` on; without a face nothing counts. */
export function fillLandmarkBatch(
  batch: WindowBatch,
  at: number,
  { image, faces }: TrainingCanvas,
  count: number,
  random: Random,
): void {
  if (faces.length === 0) return;
  const photo = new AreaResampler(image);
  for (let place = at; place < at + count; place++) {
    const { landmarks, trust } = random.pick(faces);
    const window = new LandmarkWindow(misplaced(landmarks, random));
    window.read(photo, batch.pixels, place * 3 * LANDMARK_WINDOW ** 2);
    batch.points.set(window.distancesOf(landmarks), place * 10);
    batch.pointWeights[place] = trust;
  }
}

/** Landmarks shifted, scaled and turned as a whole. */
function misplaced(landmarks: Landmarks, random: Random): Landmarks {
  const mean = (axis: 0 | 1) => landmarks.reduce((sum, point) => sum + point[axis], 0) / 5;
  const [x, y] = [mean(0), mean(1)];
  const spread = Math.hypot(...landmarks.flatMap((point) => [point[0] - x, point[1] - y]));
  const scale = Math.exp(ERROR.scale * random.normal());
  const roll = ERROR.roll * random.normal();
  const [cos, sin] = [scale * Math.cos(roll), scale * Math.sin(roll)];
  const shift = () => ERROR.shift * spread * random.normal();
  const [dx, dy] = [x + shift(), y + shift()];
  const [a, b, c, d, e] = landmarks.map(
    ([px, py]): Point => [cos * (px - x) - sin * (py - y) + dx, sin * (px - x) + cos * (py - y) + dy],
  );
  return [a, b, c, d, e];
}
