import { checkRgbImage, type RgbImage } from "@amface/images";
import type { Detector } from "../nets/detector.ts";
import type { Face } from "../warp/face.ts";
import { AreaResampler } from "../warp/resample-area.ts";
import { cascade } from "./cascade.ts";
import { checkDetectOptions, type DetectOptions } from "./detect-options.ts";
import { judgeFaces, UNJUDGED } from "./judge-faces.ts";
import { lookAgain } from "./look-again.ts";
import { placeLandmarks } from "./place-landmarks.ts";

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
  checkRgbImage(image, "detect faces");
  const checked = checkDetectOptions(options);
  const photo = new AreaResampler(image);
  const faces = firstLook(detector, image, photo, checked);
  if (faces.length > 0 || !looksAgain(detector, checked)) return faces;
  const face = lookAgain(detector, image, checked);
  return face ? [face] : [];
}

function firstLook(
  detector: Detector,
  image: RgbImage,
  photo: AreaResampler,
  options: Required<DetectOptions>,
): Face[] {
  if (!detector.placesLandmarks) return cascade(detector, image, photo, options);
  const [first, second, third] = options.thresholds;
  const thresholds = [first, second, third * UNJUDGED] as const;
  const found = cascade(detector, image, photo, { ...options, thresholds });
  return judgeFaces(detector, photo, placeLandmarks(detector, photo, found), {
    threshold: third,
    shorter: Math.min(image.width, image.height),
  });
}

/** Whether photos without a face are looked at again: with MTCNN's weights they are not, as in the reference. */
export function looksAgain(detector: Detector, { lookOnce }: DetectOptions): boolean {
  return !lookOnce && detector.placesLandmarks;
}
