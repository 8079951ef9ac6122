import { ImageError, type RgbImage } from "@amface/images";
import { detectFaces } from "../detect/detect-faces.ts";
import type { Detector } from "../nets/detector.ts";
import type { AlignedPhoto, AlignSettings, PhotoAligner } from "./align-settings.ts";
import { cropFaces } from "./crop-faces.ts";
import type { Photo } from "./photos-to-align.ts";
import { readPhoto } from "./read-photo.ts";

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
