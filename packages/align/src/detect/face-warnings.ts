import { CROP_SIZE, type CropSize, faceTemplate, type RgbImage } from "@amface/images";
import { FACE_WARNINGS, type FaceWarning } from "../manifest/face-warning.ts";
import { alignFace } from "../warp/align-face.ts";
import type { Face } from "../warp/face.ts";
import { similarityTransform } from "../warp/similarity-transform.ts";
import { faceWeight } from "./choose-face.ts";
import { MIN_SHARPNESS, sharpness } from "./sharpness.ts";

/** Largest factor by which a crop may enlarge the photo. */
const MAX_ENLARGEMENT = 2;
const MAX_TILT_DEGREES = 45;
/**
 * Of the boxes that the package's weights find on LFW with a score under 0.9, MTCNN knows 55 % as a face; of those above, 99 %.
 * 11 of 3,809 main faces are below it.
 */
const MIN_SCORE = 0.9;
/** Of 173 faces of LFW that were cut off by a fifth over nine tenths have more beyond the photo; of 3,807 whole ones one has. */
const MAX_BEYOND = 0.1;
/** Share of the main face's weight from which another could as well be meant: 71 of 3,807 photos of LFW have one. */
const RIVAL = 0.25;

export interface FaceWarningOptions {
  /** Size of the crops that are made (default 112 high, 96 wide). */
  size?: CropSize;
  /** All faces of the photo, where this one was chosen among them; without them nothing is said of `several`. */
  among?: readonly Face[];
  /** The aligned face at 112×96, where it is at hand. */
  crop?: RgbImage;
}

/**
 * Looks for what speaks against using a face.
 *
 * @param photo Where the face was found.
 * @throws {RangeError} When the landmarks are all the same.
 */
export function faceWarnings(
  face: Face,
  photo: RgbImage,
  { size = CROP_SIZE, among = [], crop = alignFace(photo, face.landmarks) }: FaceWarningOptions = {},
): FaceWarning[] {
  const [left, right] = face.landmarks;
  const [[a], [b]] = similarityTransform(face.landmarks, faceTemplate(size));
  const tilt = Math.atan2(right[1] - left[1], right[0] - left[0]) * (180 / Math.PI);
  const rivals = among.filter((other) => other !== face);
  const least = RIVAL * faceWeight(face, photo);
  const found: Record<FaceWarning, boolean> = {
    tiny: Math.hypot(a, b) > MAX_ENLARGEMENT,
    blurred: sharpness(crop) < MIN_SHARPNESS,
    tilted: Math.abs(tilt) > MAX_TILT_DEGREES,
    weak: face.score < MIN_SCORE,
    cut: shareBeyond(face, photo) > MAX_BEYOND,
    several: rivals.some((other) => faceWeight(other, photo) >= least),
  };
  return FACE_WARNINGS.filter((warning) => found[warning]);
}

/** Which part of a face's box lies outside of its photo, 0..1. */
function shareBeyond({ box: [x1, y1, x2, y2] }: Face, { width, height }: RgbImage): number {
  const inside = (from: number, to: number, length: number) =>
    Math.max(0, Math.min(to, length) - Math.max(from, 0)) / (to - from);
  return 1 - inside(x1, x2, width) * inside(y1, y2, height);
}
