import { access } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { writeFileAtomic } from "@amface/images";
import type { AlignOutcome } from "./align-outcome.ts";
import { AlignHere } from "./align-photo.ts";
import { AlignPool } from "./align-pool.ts";
import { claimFolder } from "./alignment-record.ts";
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
  /**
   * Threads that look at photos (default: one a core, at most 8, and none for fewer than 32 photos). With 0
   * this thread does it.
   */
  workers?: number;
  /** Told once, before the first outcome, how many photos there are. */
  onStart?: (photos: number) => void;
}

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

  const { workers = defaultWorkers(photos.length), maxPixels } = options;
  if (!(Number.isInteger(workers) && workers >= 0)) {
    throw new RangeError(`Cannot align photos: expected a whole number of workers, got ${workers}`);
  }
  const settings = { inputDir, detect, size: imageSize, missing, maxPixels };
  const aligner =
    workers > 0 ? new AlignPool(detector, settings, workers) : new AlignHere(detector, settings);
  const align = async (photo: Photo): Promise<AlignOutcome> => {
    const before = earlier.get(photo.path);
    if (before?.crop && (await exists(join(outputDir, before.crop)))) return before;
    if (photo.clashesWith !== undefined) return clash(photo);
    const { outcome, png } = await aligner.align(photo);
    if (png) await writeFileAtomic(join(outputDir, photo.crop), png);
    return outcome;
  };

  options.onStart?.(photos.length);
  const done: AlignOutcome[] = [];
  let failure: unknown;
  try {
    for await (const outcome of mapOrdered(photos, align, aligner.inFlight)) {
      done.push(outcome);
      if (done.length % MANIFEST_EVERY === 0) await writeManifest(manifest, withRest(done, earlier));
      yield outcome;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await aligner.close();
    await writeManifest(manifest, withRest(done, earlier)).catch((error) => {
      throw failure ?? error;
    });
  }
}

function clash(photo: Photo): AlignOutcome {
  const reason = `its crop would overwrite that of ${photo.clashesWith}; rename one of the two`;
  return { path: photo.path, outcome: "name-clash", faces: 0, reason, kept: false };
}

/** One a core, but none for so few photos that starting them would take longer. */
function defaultWorkers(photos: number): number {
  return photos < 32 ? 0 : Math.min(availableParallelism(), 8);
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
