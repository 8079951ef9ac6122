import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AlignOutcome, alignFolder, type CropSize, type Detector, type Point } from "@amface/align";
import type { FaceLandmarks } from "@amface/data";
import type { CommandContext } from "../command/command.ts";

/** What the detector made of generated photos. */
export interface FacesFound {
  readonly photos: number;
  /** Photos in which it found a face. */
  readonly found: number;
  /**
   * Median over them of how far its landmarks are from the generator's: the mean over the five, in distances of the eyes;
   * null where it found none.
   */
  readonly landmarkError: number | null;
}

/** Finds and crops the faces of generated photos, as `amface align` does with others. */
export async function alignPhotos(
  facesDir: string,
  cropsDir: string,
  { detector, size }: { readonly detector: Detector; readonly size: CropSize },
  { reporter, signal }: CommandContext,
): Promise<FacesFound> {
  const text = await readFile(join(facesDir, "landmarks.json"), "utf8");
  const truth = JSON.parse(text) as Record<string, FaceLandmarks>;
  const photos = Object.keys(truth).length;
  const progress = reporter.progress("align", photos, "photos");
  const errors: number[] = [];
  let done = 0;
  const options = { inputDir: facesDir, outputDir: cropsDir, detector, imageSize: size };
  for await (const { path, face } of alignFolder(options)) {
    if (face) errors.push(landmarkError(face, truth[path]));
    progress.update(++done);
    signal.throwIfAborted();
  }
  progress.end();
  errors.sort((a, b) => a - b);
  return { photos, found: errors.length, landmarkError: errors[errors.length >> 1] ?? null };
}

function landmarkError({ landmarks }: NonNullable<AlignOutcome["face"]>, truth: FaceLandmarks): number {
  const sum = truth.reduce((total, point, i) => total + distance(point, landmarks[i]), 0);
  return sum / truth.length / distance(truth[0], truth[1]);
}

const distance = ([ax, ay]: Point, [bx, by]: Point) => Math.hypot(ax - bx, ay - by);
