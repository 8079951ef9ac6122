import type { AlignmentRecord } from "@amface/images";
import { checkDetectOptions, type DetectOptions } from "../detect/detect-options.ts";
import type { Detector } from "../nets/detector.ts";
import { CROP_SIZE, type CropSize, faceTemplate } from "../warp/face-template.ts";

/**
 * How crops are made by this detector with these options: what `alignFolder` writes beside its crops, to compare
 * with the record of a model.
 *
 * @param selection Which crops are made; it does not change their pixels.
 * @throws {RangeError} When an option or the size makes no sense.
 */
export function alignmentRecord(
  detector: Detector,
  detect: DetectOptions = {},
  size: CropSize = CROP_SIZE,
  { missing = "skip", all = false }: { missing?: "skip" | "center"; all?: boolean } = {},
): AlignmentRecord {
  return {
    detector: detector.name,
    weightsSha256: detector.weightsSha256,
    ...checkDetectOptions(detect),
    template: faceTemplate(size),
    height: size.height,
    width: size.width,
    colour: "RGB",
    interpolation: "bilinear",
    border: "black",
    missing,
    faces: all ? "all" : "chosen",
  };
}
