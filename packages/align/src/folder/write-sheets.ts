import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { contactSheet, ImageError, type RgbImage, readImage } from "@amface/images";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import { resizeArea } from "../warp/resize-area.ts";
import type { OutputFiles } from "./output-files.ts";
import { readPhoto } from "./read-photo.ts";

/** Pictures on a sheet. */
const CROPS = 96;
const FAILURES = 48;
/** Longest side of a picture in pixels. */
const SIDE = 112;

/** What is on the sheets: crops or photos, row by row from the upper left. */
export interface Sheets {
  contactSheet: string[];
  failures: string[];
}

export interface SheetOptions {
  inputDir: string;
  outputDir: string;
  followLinks: boolean;
  maxPixels: number | undefined;
  /** Chooses the sample. */
  seed: number;
}

/**
 * Writes the contact sheets of a finished folder: a sample of its crops, and one of what needs a look, which are
 * photos without an aligned crop and crops with a warning. A sheet that would be empty is removed.
 */
export async function writeSheets(
  files: OutputFiles,
  outcomes: readonly AlignOutcome[],
  options: SheetOptions,
): Promise<Sheets> {
  const crops = sample(
    outcomes.filter(({ crop }) => crop !== undefined),
    CROPS,
    options.seed,
  );
  const failures = sample(
    outcomes.filter(({ outcome, warnings }) => outcome !== "aligned" || warnings !== undefined),
    FAILURES,
    options.seed,
  );
  await writeSheet(files.contactSheet, crops, options);
  await writeSheet(files.failures, failures, options);
  return { contactSheet: crops.map(nameOf), failures: failures.map(nameOf) };
}

const nameOf = ({ path, crop }: AlignOutcome) => crop ?? path;

/** Those with the smallest hashes of seed and name, in their order: the same whatever else changed. */
function sample(outcomes: readonly AlignOutcome[], count: number, seed: number): AlignOutcome[] {
  if (outcomes.length <= count) return [...outcomes];
  const hash = (outcome: AlignOutcome) =>
    createHash("md5")
      .update(`${seed} ${nameOf(outcome)}`)
      .digest("hex");
  const hashes = outcomes.map(hash);
  const limit = hashes.toSorted()[count];
  return outcomes.filter((_, i) => hashes[i] < limit);
}

async function writeSheet(
  path: string,
  outcomes: readonly AlignOutcome[],
  options: SheetOptions,
): Promise<void> {
  if (outcomes.length === 0) return rm(path, { force: true });
  const pictures: RgbImage[] = [];
  // One after the other: a photo may be large.
  for (const outcome of outcomes) pictures.push(await picture(outcome, options));
  await writeFileAtomic(path, await contactSheet(pictures, { palette: false }));
}

/** The crop, or else the photo, shrunk; a dark red square where there is no picture. */
async function picture({ path, crop, outcome }: AlignOutcome, options: SheetOptions): Promise<RgbImage> {
  if (outcome === "unreadable") return noPicture();
  try {
    if (crop !== undefined) return shrunk(await readImage(join(options.outputDir, crop)));
    return shrunk(await readPhoto(path, options));
  } catch (error) {
    if (error instanceof ImageError) return noPicture();
    throw error;
  }
}

function shrunk(image: RgbImage): RgbImage {
  const { width, height } = image;
  const scale = SIDE / Math.max(width, height);
  if (scale >= 1) return image;
  const size = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return resizeArea(image, { left: 0, top: 0, width, height }, size(height), size(width));
}

function noPicture(): RgbImage {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < data.length; i += 3) data[i] = 96;
  return { data, width: SIDE, height: SIDE };
}
