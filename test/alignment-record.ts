import type { AlignmentRecord } from "@amface/images";

/** How crops of 16×16 might have been made: what `alignment.json` of a tests' folder says. */
export const ALIGNMENT_RECORD: AlignmentRecord = {
  detector: "mtcnn",
  weightsSha256: "ab",
  minSize: 20,
  thresholds: [0.6, 0.7, 0.7],
  scaleFactor: 0.709,
  template: [[30.2946, 51.6963]],
  height: 16,
  width: 16,
  colour: "RGB",
  interpolation: "bilinear",
  border: "black",
  missing: "skip",
  faces: "chosen",
};
