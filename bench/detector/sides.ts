import { type DetectOptions, type Detector, detectFaces, type Face } from "@amface/align";
import type { RgbImage } from "@amface/images";

export const SIDES = ["ours", "reference"] as const;
export type Side = (typeof SIDES)[number];

/** The settings at which both detectors are measured. */
export const OPTIONS: DetectOptions = { minSize: 20, thresholds: [0.6, 0.7, 0.7], scaleFactor: 0.709 };

/** What both detectors find in one photo, by falling score. */
export type Found = Readonly<Record<Side, readonly Face[]>>;

/** The detector that is measured and the one beside it. */
export interface Detectors {
  readonly ours: Detector;
  readonly reference: Detector;
  /** Thresholds of ours alone, for experiments; `OPTIONS` has the ones to report. */
  readonly thresholds?: DetectOptions["thresholds"];
}

export function detectBoth({ ours, reference, thresholds }: Detectors, image: RgbImage): Found {
  return {
    ours: detectFaces(ours, image, { ...OPTIONS, ...(thresholds && { thresholds }) }),
    reference: detectFaces(reference, image, OPTIONS),
  };
}
