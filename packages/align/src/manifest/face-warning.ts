/**
 * What speaks against using a face: `tiny` (its crop is the photo enlarged more than twice), `blurred`, `tilted`
 * (the line through the eyes is more than 45° from the horizontal), `weak` (a score under 0.9), `cut` (more than a tenth
 * of its box lies beyond the photo's edges), `several` (another face could as well be the photo's main one).
 */
export type FaceWarning = "tiny" | "blurred" | "tilted" | "weak" | "cut" | "several";

export const FACE_WARNINGS: readonly FaceWarning[] = ["tiny", "blurred", "tilted", "weak", "cut", "several"];
