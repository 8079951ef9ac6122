import type { RgbImage } from "@amface/images";
import type { Detector } from "../nets/detector.ts";
import type { Face } from "../warp/face.ts";
import type { DetectOptions } from "./detect-options.ts";
import { findFaces } from "./find-faces.ts";
import { runNow } from "./steps.ts";

/**
 * Finds the faces of a photo by a cascade like MTCNN's (`cascade`). amface's own detector judges those of which it is not
 * sure once more (`judgeFaces`); where it finds none, it looks again, more closely (`lookAgain`), and may find one.
 *
 * @param image 8-bit RGB, not changed.
 * @returns Faces by falling score; none where none is found.
 * @throws {TypeError} When the pixels are no bytes, such as floats in 0..1.
 * @throws {RangeError} When an option makes no sense or the image's data does not fit its sizes.
 */
export function detectFaces(detector: Detector, image: RgbImage, options: DetectOptions = {}): Face[] {
  return runNow(findFaces(detector, image, options));
}
