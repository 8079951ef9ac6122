import { ImageError, type RgbImage } from "@amface/images";
import { detectFaces } from "../detect/detect-faces.ts";
import type { DetectOptions } from "../detect/detect-options.ts";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import type { Detector } from "../nets/detector.ts";
import type { CropSize } from "../warp/face-template.ts";
import { cropFaces } from "./crop-faces.ts";
import type { Photo } from "./list-photos.ts";
import { readPhoto } from "./read-photo.ts";

/** What is the same for all photos of a folder. Plain data, so that it can go to another thread. */
export interface AlignSettings {
  inputDir: string;
  detect: Required<DetectOptions>;
  size: CropSize;
  missing: "skip" | "center";
  /** Cut out all faces of a photo. */
  all: boolean;
  /** Read photos that are linked to from elsewhere. */
  followLinks: boolean;
  maxPixels: number | undefined;
}

export interface AlignResult {
  outcome: AlignOutcome;
  /** The crop as a PNG file, where there is one. */
  png?: Uint8Array;
}

/** What came of a photo: one result, or one a face. */
export interface AlignedPhoto {
  results: readonly AlignResult[];
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

/** Reads a photo, finds its faces and encodes their crops. Photos that cannot be read give an outcome, no error. */
export async function alignPhoto(
  photo: Photo,
  detector: Detector,
  settings: AlignSettings,
): Promise<AlignedPhoto> {
  const { path } = photo;
  let image: RgbImage;
  try {
    image = await readPhoto(path, settings);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return {
      results: [{ outcome: { path, outcome: "unreadable", faces: 0, reason: error.message, kept: false } }],
    };
  }
  const faces = detectFaces(detector, image, settings.detect);
  return { results: await cropFaces(photo, image, faces, settings) };
}
