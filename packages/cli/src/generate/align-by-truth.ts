import { mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { alignFace, type CropSize } from "@amface/align";
import { claimGeneratedFolder, type FaceLandmarks, GENERATOR_FILE, Random } from "@amface/data";
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
 * Crops generated faces by the landmarks that their generator wrote beside them; crops that are there are
 * kept.
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
      if (!(await stat(path).catch(() => undefined))) {
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
