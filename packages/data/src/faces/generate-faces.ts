import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeJpeg, writeFileAtomic } from "@amface/images";
import { type FaceLandmarks, faceLandmarks, renderFace } from "./render-face.ts";

export interface GenerateOptions {
  /** How many people, and photos of each. */
  readonly identities: number;
  readonly photos: number;
  /** Names the population; default 0. */
  readonly seed?: number;
  /** The number of the first person, for a second set that shares none with the first. Default 0. */
  readonly firstIdentity?: number;
  /** Width and height in pixels; default 128. */
  readonly size?: number;
  /** Called after every photo, whether made now or found. */
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between two photos; what is finished stays and is found by the next run. */
  readonly signal?: AbortSignal;
}

/** Raised whenever the same numbers give other pictures than before. */
export const FACE_VERSION = 1;

/** JPEGs that are encoded and written while the next face is drawn. */
const WRITES = 4;

/**
 * Writes generated people as an identity folder, named as LFW names its photos:
 * `dir/face00007/face00007_0001.jpg`. Beside them `landmarks.json` holds the five landmarks of every photo
 * under `face00007/face00007_0001.jpg`, in pixels, and `generator.json` what the pictures depend on.
 *
 * Every file appears whole or not at all, `landmarks.json` last. A set that was cut short is completed by
 * the same call, and a finished one can be enlarged: photos that are there are kept.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {Error} When the folder holds anything else, such as faces of another seed or size.
 * @throws The signal's reason, when it aborts.
 */
export async function generateFaces(dir: string, options: GenerateOptions): Promise<void> {
  const { identities, photos, seed = 0, firstIdentity = 0, size = 128, onProgress, signal } = options;
  for (const [name, value, least] of [
    ["identities", identities, 1],
    ["photos", photos, 1],
    ["firstIdentity", firstIdentity, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot generate faces: expected ${name} to be an integer >= ${least}, got ${value}`,
      );
    }
  }
  signal?.throwIfAborted();
  await claimFolder(
    dir,
    `${JSON.stringify({ generator: "amface faces", version: FACE_VERSION, seed, size })}\n`,
  );

  const landmarks: Record<string, FaceLandmarks> = {};
  const writing = new Set<Promise<void>>();
  const total = identities * photos;
  let done = 0;
  try {
    for (let person = firstIdentity; person < firstIdentity + identities; person++) {
      const name = `face${String(person).padStart(5, "0")}`;
      const present = new Set(
        await mkdir(join(dir, name), { recursive: true }).then(() => readdir(join(dir, name))),
      );
      for (let photo = 1; photo <= photos; photo++) {
        signal?.throwIfAborted();
        const file = `${name}_${String(photo).padStart(4, "0")}.jpg`;
        landmarks[`${name}/${file}`] = faceLandmarks(person, photo, { seed, size });
        const report = () => onProgress?.({ done: ++done, total });
        if (present.has(file)) {
          report();
          continue;
        }
        const { image, jpegQuality } = renderFace(person, photo, { seed, size });
        const work: Promise<void> = encodeJpeg(image, jpegQuality)
          .then((bytes) => writeFileAtomic(join(dir, name, file), bytes))
          .then(report)
          .finally(() => writing.delete(work));
        work.catch(() => {}); // thrown by one of the waits below
        writing.add(work);
        if (writing.size >= WRITES) await Promise.race(writing);
      }
    }
    await Promise.all(writing);
  } finally {
    await Promise.allSettled(writing);
  }
  await writeFileAtomic(join(dir, "landmarks.json"), `${JSON.stringify(landmarks)}\n`);
}

/** Makes `dir`, or checks that it holds faces of the same generator, seed and size. */
async function claimFolder(dir: string, settings: string): Promise<void> {
  const path = join(dir, "generator.json");
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found === settings) return;
  if (found !== undefined) {
    throw new Error(
      `Cannot generate faces in ${dir}: expected an empty folder or faces of ${settings.trim()}, ` +
        `got ${found.trim()}; choose another folder`,
    );
  }
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) {
    throw new Error(`Cannot generate faces in ${dir}: expected an empty folder, got one with files in it`);
  }
  await writeFileAtomic(path, settings);
}
