import { extname, join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { encodeJpeg } from "@amface/images";
import { WorkerPool } from "../concurrency/worker-pool.ts";
import { claimGeneratedFolder, openFolder } from "./claim-generated-folder.ts";
import type { FaceLandmarks } from "./draw-person.ts";
import type { FaceTask } from "./face-worker.ts";
import { FinishedFaces } from "./finished-faces.ts";
import { faceLandmarks, type RenderedFace, renderFace } from "./render-face.ts";

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
  /** Threads that draw; default 0 draws in this one. The files do not depend on it. */
  readonly workers?: number;
  /** Called after every photo, whether made now or found. */
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between two photos; what is finished stays and is found by the next run. */
  readonly signal?: AbortSignal;
}

/** Raised whenever the same numbers give other pictures than before. */
export const FACE_VERSION = 2;

const LANDMARKS_FILE = "landmarks.json";

/** Faces under way at a time, drawn, encoded or written, and for each thread besides. */
const IN_FLIGHT = 4;

/**
 * Writes generated people as an identity folder, named as LFW names its photos:
 * `dir/face00007/face00007_0001.jpg`. Beside them `landmarks.json` holds the five landmarks of every photo
 * under `face00007/face00007_0001.jpg`, in pixels, and `generator.json` what the pictures depend on.
 *
 * Every file appears whole or not at all, `landmarks.json` last. A set that was cut short is completed by
 * the same call, and a finished one can be enlarged: photos that are there are kept, but for those of a finished set
 * that were written to since, which are drawn again. Photos that are gone have no landmarks any more.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {WriteError} When the disk is full or the folder cannot be made.
 * @throws {Error} When the folder holds anything else, such as faces of another seed or size.
 * @throws The signal's reason, when it aborts.
 */
export async function generateFaces(dir: string, options: GenerateOptions): Promise<void> {
  const { identities, photos, seed = 0, firstIdentity = 0, size = 128, workers = 0 } = options;
  const { onProgress, signal } = options;
  for (const [name, value, least] of [
    ["identities", identities, 1],
    ["photos", photos, 1],
    ["firstIdentity", firstIdentity, 0],
    ["workers", workers, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot generate faces: expected ${name} to be an integer >= ${least}, got ${value}`,
      );
    }
  }
  signal?.throwIfAborted();
  await claimGeneratedFolder(
    dir,
    `${JSON.stringify({ generator: "amface faces", version: FACE_VERSION, seed, size })}\n`,
  );

  const finished = await FinishedFaces.read(dir, LANDMARKS_FILE);
  const landmarks = new Map<string, FaceLandmarks>(await finished.landmarks());
  const pool = new WorkerPool<FaceTask, RenderedFace>(
    new URL(`./face-worker${extname(import.meta.url)}`, import.meta.url),
  );
  const draw = async (identity: number, photo: number) =>
    workers === 0
      ? renderFace(identity, photo, { seed, size })
      : await pool.run({ identity, photo, seed, size }, workers);
  const making = new Set<Promise<void>>();
  const total = identities * photos;
  let done = 0;
  // Kept aside: a photo that fails while another is waited for has left `making` before anybody looks.
  const failures: unknown[] = [];
  try {
    for (let person = firstIdentity; person < firstIdentity + identities; person++) {
      const name = `face${String(person).padStart(5, "0")}`;
      const present = new Set(await openFolder(join(dir, name)));
      for (let photo = 1; photo <= photos; photo++) {
        signal?.throwIfAborted();
        const file = `${name}_${String(photo).padStart(4, "0")}.jpg`;
        const path = `${name}/${file}`;
        landmarks.set(path, faceLandmarks(person, photo, { seed, size }));
        const report = () => onProgress?.({ done: ++done, total });
        if (present.has(file) && !(await finished.isAltered(path))) {
          report();
          continue;
        }
        const work: Promise<void> = draw(person, photo)
          .then(({ image, jpegQuality }) => encodeJpeg(image, jpegQuality))
          .then((bytes) => writeFileAtomic(join(dir, path), bytes, { sync: false }))
          .then(report)
          .finally(() => making.delete(work));
        work.catch((error: unknown) => failures.push(error));
        making.add(work);
        if (making.size >= IN_FLIGHT * (workers + 1)) await Promise.race(making);
        if (failures.length > 0) throw failures[0];
      }
    }
    await Promise.all(making);
  } finally {
    await Promise.allSettled(making);
    await pool.close();
  }
  if (failures.length > 0) throw failures[0];
  const sorted = [...landmarks].sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFileAtomic(join(dir, LANDMARKS_FILE), `${JSON.stringify(Object.fromEntries(sorted))}\n`);
}
