import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ImageError, type RgbImage, readImage, writePng } from "@amface/images";
import { alignFace } from "./align-face.ts";
import type { AlignOutcome } from "./align-outcome.ts";
import { claimFolder } from "./alignment-record.ts";
import { centerCrop } from "./center-crop.ts";
import { chooseFace } from "./choose-face.ts";
import { detectFaces } from "./detect-faces.ts";
import { checkDetectOptions, type DetectOptions } from "./detect-options.ts";
import type { Detector } from "./detector.ts";
import { CROP_SIZE, type CropSize, checkCropSize } from "./face-template.ts";
import { listPhotos, type Photo, type Shard } from "./list-photos.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { mapOrdered } from "./map-ordered.ts";

export interface AlignFolderOptions extends DetectOptions {
  /** Folder of identities, `inputDir/identity/photo.jpg`. */
  inputDir: string;
  /** Receives `outputDir/identity/photo.png`, the manifest and `alignment.json`; made where missing. */
  outputDir: string;
  detector: Detector;
  /** Size of the crops in pixels (default 112 high, 96 wide). */
  imageSize?: CropSize;
  /** What to do where no face is found: nothing (default), or cut out the photo's middle. */
  missing?: "skip" | "center";
  /** Do only this part of the photos; it has its own manifest, `manifest-<index>-of-<count>.csv`. */
  shard?: Shard;
  /** Photos larger than this are refused (default 100 million pixels). */
  maxPixels?: number;
  /** Told once, before the first outcome, how many photos there are. */
  onStart?: (photos: number) => void;
}

/** Photos that are decoded, or whose crops are encoded and written, while another is looked at. */
const IN_FLIGHT = 8;
/** The manifest is written anew after so many photos, so that a killed run loses little. */
const MANIFEST_EVERY = 500;

/**
 * Aligns a folder of photos: finds the main face of each, writes its crop as PNG under the same identity
 * and name, and a manifest of what became of every photo. Outcomes come in the order of the photos.
 *
 * A run that was cut short goes on where it stopped: photos with a crop and a row in the manifest are kept.
 * Stopping the iteration early writes the manifest of what was done.
 *
 * @throws {Error} When the input folder is missing or has no photos.
 * @throws {WriteError} When the output folder is not writable or the disk is full.
 * @throws {AlignmentMismatchError} When the output folder holds crops made with other settings.
 * @throws {RangeError} When an option makes no sense.
 */
export async function* alignFolder(
  options: AlignFolderOptions,
): AsyncGenerator<AlignOutcome, void, undefined> {
  const { inputDir, outputDir, detector, imageSize = CROP_SIZE, missing = "skip", shard } = options;
  const detect = checkDetectOptions(options);
  checkCropSize(imageSize);
  if (resolve(inputDir) === resolve(outputDir)) {
    throw new RangeError(`Cannot align ${inputDir} into itself: expected another folder for the crops`);
  }
  const photos = await listPhotos(inputDir, shard);
  await claimFolder(outputDir, {
    detector: detector.weightsSha256,
    ...detect,
    height: imageSize.height,
    width: imageSize.width,
    missing,
    colour: "RGB",
    interpolation: "bilinear",
  });
  const manifest = join(outputDir, shard ? `manifest-${shard.index}-of-${shard.count}.csv` : "manifest.csv");
  const earlier = new Map((await readManifest(manifest)).map((outcome) => [outcome.path, outcome]));

  const decode = async (photo: Photo): Promise<Decoded> => {
    const before = earlier.get(photo.path);
    if (before?.crop && (await exists(join(outputDir, before.crop)))) return { photo, done: before };
    if (photo.clashesWith !== undefined) return { photo, done: clash(photo) };
    try {
      return { photo, image: await readImage(join(inputDir, photo.path), { maxPixels: options.maxPixels }) };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return { photo, done: failed(photo, "unreadable", error.message) };
    }
  };
  const finish = async (decoded: Decoded): Promise<AlignOutcome> => {
    if ("done" in decoded) return decoded.done;
    const { outcome, crop } = alignPhoto(decoded.photo, decoded.image, detector, detect, imageSize, missing);
    if (crop) await writePng(join(outputDir, decoded.photo.crop), crop);
    return outcome;
  };

  options.onStart?.(photos.length);
  const done: AlignOutcome[] = [];
  let failure: unknown;
  try {
    for await (const outcome of mapOrdered(mapOrdered(photos, decode, IN_FLIGHT), finish, IN_FLIGHT)) {
      done.push(outcome);
      if (done.length % MANIFEST_EVERY === 0) await writeManifest(manifest, withRest(done, earlier));
      yield outcome;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await writeManifest(manifest, withRest(done, earlier)).catch((error) => {
      throw failure ?? error;
    });
  }
}

type Decoded = { photo: Photo; image: RgbImage } | { photo: Photo; done: AlignOutcome };

function alignPhoto(
  { path, crop }: Photo,
  image: RgbImage,
  detector: Detector,
  detect: Required<DetectOptions>,
  size: CropSize,
  missing: "skip" | "center",
): { outcome: AlignOutcome; crop?: RgbImage } {
  const faces = detectFaces(detector, image, detect);
  const face = chooseFace(faces, image);
  if (face) {
    const outcome = { path, outcome: "aligned" as const, crop, face, faces: faces.length, kept: false };
    return { outcome, crop: alignFace(image, face.landmarks, size) };
  }
  const reason = "no face was found";
  if (missing === "skip") return { outcome: failed({ path, crop }, "no-face", reason) };
  const outcome = { path, outcome: "centered" as const, crop, faces: 0, reason, kept: false };
  return { outcome, crop: centerCrop(image, size) };
}

function clash(photo: Photo): AlignOutcome {
  const reason = `its crop would overwrite that of ${photo.clashesWith}; rename one of the two`;
  return failed(photo, "name-clash", reason);
}

function failed({ path }: Photo, outcome: AlignOutcome["outcome"], reason: string): AlignOutcome {
  return { path, outcome, faces: 0, reason, kept: false };
}

/** What this run did, then what earlier ones did to photos that this one has not come to. */
function withRest(done: readonly AlignOutcome[], earlier: ReadonlyMap<string, AlignOutcome>): AlignOutcome[] {
  const paths = new Set(done.map(({ path }) => path));
  return [...done, ...[...earlier.values()].filter(({ path }) => !paths.has(path))];
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
