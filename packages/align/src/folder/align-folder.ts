import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { CROP_SIZE, type CropSize, checkCropSize } from "@amface/images";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { checkFaceRule, type FaceRule } from "../detect/choose-face.ts";
import { checkDetectOptions, type DetectOptions } from "../detect/detect-options.ts";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import { writeArrowManifest } from "../manifest/arrow-manifest.ts";
import { ManifestLog } from "../manifest/manifest-log.ts";
import { summariseOutcomes } from "../manifest/summarise-outcomes.ts";
import type { Detector } from "../nets/detector.ts";
import { alignAnew } from "./align-anew.ts";
import { AlignHere } from "./align-photo.ts";
import { AlignPool } from "./align-pool.ts";
import type { AlignSettings } from "./align-settings.ts";
import { alignmentRecord } from "./alignment-record.ts";
import { clearLeftovers } from "./clear-leftovers.ts";
import { EarlierOutcomes } from "./earlier-outcomes.ts";
import { findOrphans, type Orphans, removeCrops } from "./find-orphans.ts";
import { mapOrdered } from "./map-ordered.ts";
import { type OutputFiles, outputFiles } from "./output-files.ts";
import { photoVersion } from "./photo-version.ts";
import { type Photo, photosToAlign, type Shard } from "./photos-to-align.ts";
import { isInside } from "./read-photo.ts";
import { recordAlignment } from "./record-alignment.ts";
import { type SheetOptions, writeSheets } from "./write-sheets.ts";

export interface AlignFolderOptions extends DetectOptions {
  /** Folder of identities, `inputDir/identity/photo.jpg`. */
  inputDir: string;
  /** Receives `outputDir/identity/photo.png`, `alignment.json` and the files of `outputFiles`; made where missing. */
  outputDir: string;
  detector: Detector;
  /** Size of the crops in pixels (default 112 high, 96 wide). */
  imageSize?: CropSize;
  /** How the main face of a photo is chosen (default `weighted`; see `rankFaces`). */
  rule?: FaceRule | undefined;
  /** What to do where no face is found: nothing (default), or cut out the photo's middle. */
  missing?: "skip" | "center";
  /**
   * Cut out all faces of a photo and not only the main one: `photo_0.png`, `photo_1.png`, … in falling order of
   * `rankFaces`.
   */
  all?: boolean;
  /** Read photos that symbolic links bring in from outside of `inputDir`; they are refused otherwise. */
  followLinks?: boolean;
  /**
   * Do only this part of the photos; its files have `-<index>-of-<count>` in their names. Shards may run at the
   * same time; a run without `shard` afterwards joins their manifests.
   */
  shard?: Shard;
  /**
   * Take what the manifests of shards say of photos without a crop too, which are tried again otherwise: for a run that
   * joins shards that are all done.
   */
  join?: boolean;
  /** Photos larger than this are refused (default 100 million pixels). */
  maxPixels?: number;
  /** Chooses the samples on the contact sheets (default 0). */
  seed?: number;
  /**
   * Threads that look at photos (default: one a core to use, at most 8, and none for fewer than 32 photos). With 0
   * this thread does it.
   */
  workers?: number;
  /**
   * Remove, once all photos are done, crops and rows of the manifest that are of no photo of the input folder; not in
   * shards. Without it they stay, as those of another input folder may.
   */
  prune?: boolean;
  /** Told of them, where there are any, before they are removed; not in shards. */
  onOrphans?: (orphans: Orphans) => void;
  /**
   * Told once, before the first outcome, how many photos there are, and which files and folders are none by their
   * names and places.
   */
  onStart?: (photos: number, ignored: readonly string[]) => void;
}

/**
 * Aligns a folder of photos: finds the faces of each, writes the main one's crop as PNG under the same identity
 * and name, and a manifest of what became of every photo. Outcomes come in the order of the photos, one a photo, or
 * with `all` one a face. When all are done, a summary and contact sheets are written.
 *
 * A run that was cut short, even by a kill, goes on where it stopped: photos whose crops are in the manifest and on
 * disk are kept, where size and time of the photo are those of then; all others are tried again. The folder then equals
 * that of an undisturbed run. A photo that gives no crop any more loses the one that it had.
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
  const { outputDir, detector, shard, join: isJoin = false, maxPixels, seed = 0 } = options;
  const settings = checkSettings(options);
  const { inputDir, followLinks } = settings;
  const ignored: string[] = [];
  const photos = await photosToAlign(inputDir, shard, (path) => ignored.push(path));
  const workers = checkWorkers(options.workers ?? defaultWorkers(photos.length));
  await checkApart(inputDir, outputDir);
  const { detect, size, missing, all, rule } = settings;
  await recordAlignment(outputDir, alignmentRecord(detector, detect, size, { missing, all, rule }));
  const files = outputFiles(outputDir, shard);
  await clearLeftovers(outputDir, photos, files);
  const earlier = await EarlierOutcomes.read(outputDir, photos, files.manifest);
  const log = new ManifestLog(files.manifest, earlier.ours);

  const aligner =
    workers > 0 ? new AlignPool(detector, settings, workers) : new AlignHere(detector, settings);
  const align = async (photo: Photo) => {
    const version = await photoVersion(join(inputDir, photo.path));
    return (
      (await earlier.of(photo, version, { all, isJoin })) ??
      (await alignAnew(photo, version, aligner, { outputDir, all }))
    );
  };

  options.onStart?.(photos.length, ignored);
  let failure: unknown;
  let done = 0;
  try {
    for await (const outcomes of mapOrdered(photos, align, aligner.inFlight)) {
      done++;
      await log.add(outcomes);
      yield* outcomes;
    }
    if (!shard) await handleOrphans(options, photos, log);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await aligner.close();
    await log.write().catch((error) => {
      throw failure ?? error;
    });
  }
  if (done === photos.length) {
    await writeResults(files, log.outcomes, { inputDir, outputDir, followLinks, maxPixels, seed });
  }
}

function checkSettings(options: AlignFolderOptions): AlignSettings {
  const { inputDir, imageSize = CROP_SIZE, missing = "skip", all = false, followLinks = false } = options;
  const { prune, shard } = options;
  if (prune && shard) {
    const part = `shard ${shard.index}/${shard.count}`;
    throw new RangeError(
      `Cannot prune ${options.outputDir}: expected all photos, got ${part}; prune without shard`,
    );
  }
  checkCropSize(imageSize);
  const detect = checkDetectOptions(options);
  const rule = checkFaceRule(options.rule);
  return { inputDir, detect, size: imageSize, rule, missing, all, followLinks, maxPixels: options.maxPixels };
}

function checkWorkers(workers: number): number {
  if (Number.isInteger(workers) && workers >= 0) return workers;
  throw new RangeError(`Cannot align photos: expected a whole number of workers, got ${workers}`);
}

/** One a core, but none for so few photos that starting them would take longer. */
function defaultWorkers(photos: number): number {
  return photos < 32 ? 0 : Math.min(usableCores(), 8);
}

/** Crops among the photos would be taken for photos the next time. */
async function checkApart(inputDir: string, outputDir: string): Promise<void> {
  if (isInside(await realpath(inputDir), await realPlace(resolve(outputDir)))) {
    throw new RangeError(
      `Cannot align ${inputDir} into ${outputDir}: expected a folder outside of the photos'`,
    );
  }
}

/** The path without links, whether it is there yet or not. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return join(await realPlace(dirname(path)), basename(path));
  }
}

/** Tells of what is left of photos that are gone, and removes it where asked for. */
async function handleOrphans(
  { outputDir, prune = false, onOrphans }: AlignFolderOptions,
  photos: readonly Photo[],
  log: ManifestLog,
): Promise<void> {
  const orphans = await findOrphans(outputDir, photos, log.outcomes);
  if (orphans === undefined) return;
  onOrphans?.(orphans);
  if (!prune) return;
  await removeCrops(outputDir, orphans.crops);
  log.forget(orphans.photos);
}

/** Writes what describes a finished folder. */
async function writeResults(
  files: OutputFiles,
  outcomes: readonly AlignOutcome[],
  options: SheetOptions,
): Promise<void> {
  await writeArrowManifest(files.arrow, outcomes);
  const sheets = await writeSheets(files, outcomes, options);
  const summary = { ...summariseOutcomes(outcomes), sheets };
  await writeFileAtomic(files.summary, `${JSON.stringify(summary, null, 2)}\n`);
}
