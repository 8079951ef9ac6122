import type { RgbImage } from "@amface/images";
import type { DetectOptions } from "../detect/detect-options.ts";
import { findFaces } from "../detect/find-faces.ts";
import { runAwaiting } from "../detect/steps.ts";
import type { Face } from "../warp/face.ts";
import type { Detector } from "./detector.ts";

/**
 * Finds the faces of a photo as `detectFaces` does under Node: the same cascade and second looks, with the nets on
 * TensorFlow.js's backend.
 *
 * @param image 8-bit RGB, as `readPhoto` gives it; not changed.
 * @returns Faces by falling score; none where none is found.
 * @throws {TypeError} When the pixels are no bytes, such as floats in 0..1.
 * @throws {RangeError} When an option makes no sense or the image's data does not fit its sizes.
 */
export async function detectFaces(
  detector: Detector,
  image: RgbImage,
  options: DetectOptions = {},
): Promise<Face[]> {
  return runAwaiting(findFaces(detector, image, options));
}
