import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { inLanes } from "../concurrency/in-lanes.ts";
import type { FaceLandmarks } from "./draw-person.ts";

/** Photos that are looked at together. */
const STATS = 16;

/** What an earlier run left in a folder: it writes the landmarks last, when all of its photos are there. */
export class FinishedFaces {
  readonly #dir: string;
  readonly #landmarks: ReadonlyMap<string, FaceLandmarks>;
  readonly #writtenAt: number;

  private constructor(dir: string, landmarks: ReadonlyMap<string, FaceLandmarks>, writtenAt: number) {
    this.#dir = dir;
    this.#landmarks = landmarks;
    this.#writtenAt = writtenAt;
  }

  /** @param file The landmarks of the photos in `dir`, by their names; none where it is missing. */
  static async read(dir: string, file: string): Promise<FinishedFaces> {
    const path = join(dir, file);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return new FinishedFaces(dir, new Map(), 0);
    const landmarks = JSON.parse(await readFile(path, "utf8")) as Record<string, FaceLandmarks>;
    return new FinishedFaces(dir, new Map(Object.entries(landmarks)), found.mtimeMs);
  }

  /** Whether a photo was written to since the run that finished it. */
  async isAltered(photo: string): Promise<boolean> {
    if (!this.#landmarks.has(photo)) return false;
    return (await stat(join(this.#dir, photo))).mtimeMs > this.#writtenAt;
  }

  /** Landmarks of the photos that are still there. */
  async landmarks(): Promise<[string, FaceLandmarks][]> {
    const all = [...this.#landmarks];
    const isThere: boolean[] = [];
    await inLanes(all.length, STATS, async (i) => {
      isThere[i] = await stat(join(this.#dir, all[i][0])).then(
        () => true,
        () => false,
      );
    });
    return all.filter((_, i) => isThere[i]);
  }
}
