import { checkRgbImage, type RgbImage } from "@amface/images";
import type { FaceNets } from "../nets/face-nets.ts";
import type { Face } from "../warp/face.ts";
import { AreaResampler } from "../warp/resample-area.ts";
import { cascade } from "./cascade.ts";
import { checkDetectOptions, type DetectOptions } from "./detect-options.ts";
import { judgeFaces, UNJUDGED } from "./judge-faces.ts";
import { lookAgain } from "./look-again.ts";
import { placeLandmarks } from "./place-landmarks.ts";
import type { Steps } from "./steps.ts";

/** The work of `detectFaces`, step by step: its nets may answer at once or after a while. */
export function* findFaces(nets: FaceNets, image: RgbImage, options: DetectOptions = {}): Steps<Face[]> {
  checkRgbImage(image, "detect faces");
  const checked = checkDetectOptions(options);
  const photo = new AreaResampler(image);
  const faces = yield* firstLook(nets, image, photo, checked);
  if (faces.length > 0 || !looksAgain(nets, checked)) return faces;
  const face = yield* lookAgain(nets, image, checked);
  return face ? [face] : [];
}

function* firstLook(
  nets: FaceNets,
  image: RgbImage,
  photo: AreaResampler,
  options: Required<DetectOptions>,
): Steps<Face[]> {
  if (!nets.placesLandmarks) return yield* cascade(nets, image, photo, options);
  const [first, second, third] = options.thresholds;
  const thresholds = [first, second, third * UNJUDGED] as const;
  const found = yield* cascade(nets, image, photo, { ...options, thresholds });
  const placed = yield* placeLandmarks(nets, photo, found);
  const shorter = Math.min(image.width, image.height);
  return yield* judgeFaces(nets, photo, placed, { threshold: third, shorter });
}

/** Whether photos without a face are looked at again: with MTCNN's weights they are not, as in the reference. */
export function looksAgain(nets: Pick<FaceNets, "placesLandmarks">, { lookOnce }: DetectOptions): boolean {
  return !lookOnce && nets.placesLandmarks;
}
