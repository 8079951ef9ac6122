import { mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { alignFace, type CropSize } from "@amface/align";
import { claimGeneratedFolder, type FaceLandmarks, GENERATOR_FILE, Random } from "@amface/data";
import { listIdentities } from "@amface/files";
import { readImage, writePng } from "@amface/images";
import type { Reporter } from "../command/reporter.ts";

/** Photos decoded, warped and encoded at a time. */
const IN_FLIGHT = 4;

/** By how many pixels, as a standard deviation, and with which seed a detector's landmarks would be off. */
export interface LandmarkNoise {
  readonly pixels: number;
  readonly seed: number;
}

/**
 * Crops generated faces by the landmarks that their generator wrote beside them. Crops that are there, and not older
 * than their photos, are kept; those of no photo are told.
 *
 * @param noise Added to the landmarks.
 * @throws {Error} When the folder holds anything else than crops of the same faces, size and noise.
 */
export async function alignByTruth(
  facesDir: string,
  cropsDir: string,
  size: CropSize,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
  noise: LandmarkNoise,
): Promise<void> {
  const landmarks = JSON.parse(await readFile(join(facesDir, "landmarks.json"), "utf8")) as Record<
    string,
    FaceLandmarks
  >;
  const faces: unknown = JSON.parse(await readFile(join(facesDir, GENERATOR_FILE), "utf8"));
  const settings = { generator: "amface crops", faces, size, noise };
  await claimGeneratedFolder(cropsDir, `${JSON.stringify(settings)}\n`, "crops");
  const files = Object.keys(landmarks);
  const progress = reporter.progress("align", files.length, "photos");
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < files.length) {
      signal.throwIfAborted();
      const file = files[next++];
      const path = join(cropsDir, dirname(file), `${basename(file, extname(file))}.png`);
      if (!(await isCurrent(path, join(facesDir, file)))) {
        await mkdir(dirname(path), { recursive: true });
        await writePng(
          path,
          alignFace(await readImage(join(facesDir, file)), moved(landmarks[file], file, noise), size),
        );
      }
      progress.update(++done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  progress.end();
  await warnOfOrphans(cropsDir, files, reporter);
}

/** Whether a crop was made after its photo was put where it is. */
async function isCurrent(crop: string, photo: string): Promise<boolean> {
  const made = await stat(crop).catch(() => undefined);
  return made !== undefined && made.mtimeMs >= (await stat(photo)).ctimeMs;
}

async function warnOfOrphans(cropsDir: string, photos: readonly string[], reporter: Reporter): Promise<void> {
  const stem = (file: string) => file.slice(0, file.lastIndexOf("."));
  const known = new Set(photos.map(stem));
  const crops = (await listIdentities(cropsDir)).flatMap(({ files }) => files);
  const orphans = crops.filter((crop) => !known.has(stem(crop)));
  if (orphans.length === 0) return;
  reporter.warn(
    `${orphans.length} crops in ${cropsDir} are of no photo that is there, such as ${orphans[0]}; delete them`,
  );
}

function moved(landmarks: FaceLandmarks, file: string, { pixels, seed }: LandmarkNoise): FaceLandmarks {
  if (pixels === 0) return landmarks;
  const random = new Random("landmarks", seed, file);
  const move = ([x, y]: FaceLandmarks[number]): FaceLandmarks[number] => [
    x + pixels * random.normal(),
    y + pixels * random.normal(),
  ];
  const [left, right, nose, mouthLeft, mouthRight] = landmarks;
  return [move(left), move(right), move(nose), move(mouthLeft), move(mouthRight)];
}
