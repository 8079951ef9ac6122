import type { CropSize } from "@amface/images";
import type { FaceRule } from "../detect/choose-face.ts";
import type { DetectOptions } from "../detect/detect-options.ts";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import type { Photo } from "./photos-to-align.ts";

/** What is the same for all photos of a folder. Plain data, so that it can go to another thread. */
export interface AlignSettings {
  inputDir: string;
  detect: Required<DetectOptions>;
  size: CropSize;
  /** How the main face is chosen. */
  rule: FaceRule;
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
