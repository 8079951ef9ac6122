import type { Face, FaceWarning } from "@amface/align";
import type { Decision, Evaluation } from "@amface/lfw-eval";

/** An RGB image as it travels between page and worker. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A face with the crop that nets see. */
export interface FoundFace extends Face {
  readonly crop: Picture;
  readonly warnings: readonly FaceWarning[];
}

/** What was found in a photo, the main face first. */
export interface PhotoFaces {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly FoundFace[];
}

/** Boxes in a frame of a video, and how many tensors were alive afterwards. */
export interface FrameFaces {
  readonly faces: readonly Face[];
  readonly tensors: number;
}

/** Distance of two faces, and what the box's threshold card says of it where there is one. */
export interface Comparison {
  /** Squared distance of normalised embeddings, 0 to 4. */
  readonly distance: number;
  readonly decision: Decision | null;
}

/** Rows of embeddings in one piece. */
export interface Rows {
  readonly data: Float32Array;
  readonly size: number;
}

/** What a task tells on its way. */
export type Report =
  | { readonly kind: "loading"; readonly name: string; readonly loaded: number; readonly total: number }
  | { readonly kind: "loaded" }
  | { readonly kind: "faces"; readonly done: number; readonly of: number; readonly some: readonly Picture[] }
  | { readonly kind: "step"; readonly step: TrainingStep }
  | { readonly kind: "scores"; readonly scores: Scores };

export interface TrainingOptions {
  readonly identities: number;
  readonly photos: number;
  readonly steps: number;
  readonly seed: number;
}

/** A step of training: loss, and histograms of angles over the last steps. */
export interface TrainingStep {
  readonly step: number;
  readonly of: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
  /** Counts of θ to the own and the nearest other identity, bins of five degrees from 0. */
  readonly own: readonly number[];
  readonly other: readonly number[];
  readonly tensors: number;
}

/** Accuracy on pairs of people that were never trained on. */
export interface Scores {
  readonly net: "untrained" | "trained";
  readonly step: number;
  readonly pairs: number;
  readonly accuracy: number;
  readonly deviation: number;
  readonly auc: number;
}

/** A report on pairs. */
export interface PairReport {
  readonly name: string;
  readonly evaluation: Evaluation;
  /** FAR and TAR, thinned for a picture. */
  readonly roc: readonly (readonly [far: number, tar: number])[];
  /** Counts of distances, bins of 0.1 from 0 to 4. */
  readonly same: readonly number[];
  readonly different: readonly number[];
  /** What to know besides. */
  readonly notes: readonly string[];
}

/** Rows of two files, compared one by one. */
export interface RowDistances {
  readonly names: readonly [string, string];
  readonly rows: readonly Comparison[];
}

/** A file that was dropped. */
export interface Dropped {
  readonly name: string;
  readonly bytes: Uint8Array;
}
