import { type AlignmentRecord, CROP_SIZE, type CropSize, faceTemplate } from "@amface/images";
import { checkFaceRule, type FaceRule } from "../detect/choose-face.ts";
import { checkDetectOptions, type DetectOptions } from "../detect/detect-options.ts";
import { looksAgain } from "../detect/find-faces.ts";
import type { Detector } from "../nets/detector.ts";

/**
 * How crops are made by this detector with these options: what `alignFolder` writes beside its crops, to compare
 * with the record of a model.
 *
 * @param selection Which crops are made; it does not change their pixels.
 * @throws {RangeError} When an option, the rule or the size makes no sense.
 */
export function alignmentRecord(
  detector: Pick<Detector, "name" | "weightsSha256" | "placesLandmarks">,
  detect: DetectOptions = {},
  size: CropSize = CROP_SIZE,
  {
    missing = "skip",
    all = false,
    rule,
  }: { missing?: "skip" | "center"; all?: boolean; rule?: FaceRule | undefined } = {},
): AlignmentRecord {
  const { lookOnce: _, ...checked } = checkDetectOptions(detect);
  return {
    detector: detector.name,
    weightsSha256: detector.weightsSha256,
    ...checked,
    template: faceTemplate(size),
    height: size.height,
    width: size.width,
    colour: "RGB",
    interpolation: "bilinear",
    border: "black",
    missing,
    faces: all ? "all" : "chosen",
    rule: checkFaceRule(rule),
    looks: looksAgain(detector, detect) ? "again" : "once",
  };
}
