import { dirname, join } from "node:path";
import {
  alignFace,
  alignmentRecord,
  chooseFace,
  type DetectOptions,
  type Detector,
  detectFaces,
  type Face,
  type FaceRule,
  type FaceWarning,
  faceWarnings,
  loadDetector,
} from "@amface/align";
import { type AlignmentRecord, type RgbImage, readAlignment, readImage } from "@amface/images";
import { usableCores } from "@amface/tfjs-backend-onnx";

type Size = { readonly height: number; readonly width: number };

export interface CropPhotosOptions {
  /** Folder of the detector's weights; with it photos of the crops' size are no crops. */
  readonly weights: string | undefined;
  readonly detect: DetectOptions;
  readonly rule: FaceRule;
  readonly threads: number | undefined;
}

export interface AlignedCrop {
  readonly image: RgbImage;
  /** How it was made, where that is known. */
  readonly alignment: AlignmentRecord | undefined;
  /** The face that was taken, of how many. */
  readonly face?: Pick<Face, "box" | "score" | "look">;
  readonly faces?: number;
  readonly warnings: readonly FaceWarning[];
}

/**
 * What has the size of the model's crops is one, unless weights are given; of other photos the main face.
 *
 * @throws {Error} When a photo cannot be read or shows no face.
 */
export async function cropPhotos(
  paths: readonly string[],
  size: Size,
  options: CropPhotosOptions,
): Promise<AlignedCrop[]> {
  const detector = lazyDetector(options);
  const crops = await cropEach(paths, size, detector.get, options).finally(detector.dispose);
  return crops.map((crop) => {
    if (crop.status === "rejected") throw crop.reason;
    return crop.value;
  });
}

/** The detector of `--weights`, loaded when a photo first wants it. */
export function lazyDetector({ weights, threads }: CropPhotosOptions) {
  let loaded: Promise<Detector> | undefined;
  return {
    get: () => {
      loaded ??= loadDetector(weights, { threads: threads ?? Math.min(2, usableCores()) });
      return loaded;
    },
    dispose: async () => (await loaded)?.dispose(),
  };
}

/** Like `cropPhotos`, with what is wrong of each photo that cannot be read or shows no face. */
export async function cropEach(
  paths: readonly string[],
  size: Size,
  detectorOf: () => Promise<Detector>,
  options: CropPhotosOptions,
): Promise<PromiseSettledResult<AlignedCrop>[]> {
  const { weights } = options;
  const images = await Promise.allSettled(paths.map((path) => readImage(path)));
  const isCrop = ({ height, width }: RgbImage) =>
    weights === undefined && height === size.height && width === size.width;
  const detector = images.every((image) => image.status === "rejected" || isCrop(image.value))
    ? undefined
    : await detectorOf();
  const crops = images.map(async (image, i) => {
    if (image.status === "rejected") throw image.reason;
    return !detector || isCrop(image.value)
      ? { image: image.value, alignment: await readAlignment(join(dirname(paths[i]), "..")), warnings: [] }
      : cropPhoto(paths[i], image.value, size, detector, options);
  });
  return Promise.allSettled(crops);
}

function cropPhoto(
  path: string,
  image: RgbImage,
  size: Size,
  detector: Detector,
  { detect, rule }: CropPhotosOptions,
): AlignedCrop {
  const faces = detectFaces(detector, image, detect);
  const face = chooseFace(faces, image, { rule });
  if (face === undefined) {
    const mend = "try --min-size or lower --thresholds";
    throw new Error(`Cannot verify ${path}: expected a face, got none; ${mend}`);
  }
  const { box, score, look } = face;
  return {
    image: alignFace(image, face.landmarks, size),
    alignment: alignmentRecord(detector, detect, size, { rule }),
    face: { box, score, ...(look && { look }) },
    faces: faces.length,
    warnings: faceWarnings(face, image, { size, among: faces }),
  };
}
