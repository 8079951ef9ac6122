import type { Face } from "../warp/face.ts";
import type { FaceWarning } from "./face-warning.ts";

/**
 * What became of a photo: `aligned` to its landmarks, `centered` (no face was found and its middle was cut
 * out instead), `no-face`, `unreadable`, or `name-clash` (its crop would overwrite another photo's).
 */
export type OutcomeKind = "aligned" | "centered" | "no-face" | "unreadable" | "name-clash";

export const OUTCOME_KINDS: readonly OutcomeKind[] = [
  "aligned",
  "centered",
  "no-face",
  "unreadable",
  "name-clash",
];

/** Tells a photo from another that had its name. */
export interface PhotoVersion {
  /** Size of the file. */
  readonly bytes: number;
  /** When it was changed last, to the millisecond, in ISO 8601. */
  readonly modified: string;
}

/** What became of a photo, or of one of its faces where all of them are cut out. */
export interface AlignOutcome {
  /** The photo, relative to the input folder, with `/` between the parts. */
  path: string;
  outcome: OutcomeKind;
  /** The crop, relative to the output folder; absent where none was written. */
  crop?: string;
  /** The face that was aligned. */
  face?: Face;
  /** Number of faces found in the photo. */
  faces: number;
  /** What speaks against using the crop; absent where nothing does. */
  warnings?: readonly FaceWarning[];
  /** Why there is no aligned face. */
  reason?: string;
  /** The photo that the crop was made of; absent where there is none, and in manifests of old. */
  version?: PhotoVersion;
  /** Whether an earlier run did this photo and its crop was kept. */
  kept: boolean;
}
