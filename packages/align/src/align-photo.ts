import { join } from "node:path";
import { encodePng, ImageError, type RgbImage, readImage } from "@amface/images";
import { alignFace } from "./align-face.ts";
import type { AlignOutcome } from "./align-outcome.ts";
import { centerCrop } from "./center-crop.ts";
import { chooseFace } from "./choose-face.ts";
import { detectFaces } from "./detect-faces.ts";
import type { DetectOptions } from "./detect-options.ts";
import type { Detector } from "./detector.ts";
import type { CropSize } from "./face-template.ts";
import type { Photo } from "./list-photos.ts";

/** What is the same for all photos of a folder. Plain data, so that it can go to another thread. */
export interface AlignSettings {
  inputDir: string;
  detect: Required<DetectOptions>;
  size: CropSize;
  missing: "skip" | "center";
  maxPixels: number | undefined;
}

export interface AlignedPhoto {
  outcome: AlignOutcome;
  /** The crop as a PNG file, where there is one. */
  png?: Uint8Array;
}

/** Turns photos into crops, several at a time. */
export interface PhotoAligner {
  align(photo: Photo): Promise<AlignedPhoto>;
  /** Photos to hand over before the first of them is waited for. */
  readonly inFlight: number;
  close(): Promise<void>;
}

/** Looks at photos in this thread; others are decoded and encoded meanwhile. */
export class AlignHere implements PhotoAligner {
  readonly inFlight = 8;
  readonly #detector: Detector;
  readonly #settings: AlignSettings;

  constructor(detector: Detector, settings: AlignSettings) {
    this.#detector = detector;
    this.#settings = settings;
  }

  align(photo: Photo): Promise<AlignedPhoto> {
    return alignPhoto(photo, this.#detector, this.#settings);
  }

  async close(): Promise<void> {}
}

/** Reads a photo, finds its main face and encodes the crop. Photos that cannot be read give an outcome, no error. */
export async function alignPhoto(
  { path, crop }: Photo,
  detector: Detector,
  { inputDir, detect, size, missing, maxPixels }: AlignSettings,
): Promise<AlignedPhoto> {
  let image: RgbImage;
  try {
    image = await readImage(join(inputDir, path), { maxPixels });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { outcome: { path, outcome: "unreadable", faces: 0, reason: error.message, kept: false } };
  }
  const faces = detectFaces(detector, image, detect);
  const face = chooseFace(faces, image);
  if (face) {
    const png = await encodePng(alignFace(image, face.landmarks, size));
    return { outcome: { path, outcome: "aligned", crop, face, faces: faces.length, kept: false }, png };
  }
  const nothing = { path, faces: 0, reason: "no face was found", kept: false };
  if (missing === "skip") return { outcome: { ...nothing, outcome: "no-face" } };
  return {
    outcome: { ...nothing, outcome: "centered", crop },
    png: await encodePng(centerCrop(image, size)),
  };
}
