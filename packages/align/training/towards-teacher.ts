import { readImage } from "@amface/images";
import { LANDMARK_WINDOW, LandmarkWindow } from "../src/warp/landmark-window.ts";
import { AreaResampler } from "../src/warp/resample-area.ts";
import type { Labels } from "./label-photos.ts";
import type { Student } from "./student.ts";

/** Portraits that are looked at. */
const PORTRAITS = 400;
const BATCH = 50;

/**
 * How far the teacher's points lie from a landmark net's in the mean, on portraits: five x and five y, as shares of the
 * window. People who place points by hand mean others than the teacher, whose points recognition nets were trained with.
 */
export async function distanceToTeacher(student: Student, { photos }: Labels): Promise<number[]> {
  const portraits = photos.filter(({ kind, faces }) => kind === "celeba" && faces.length === 1);
  const every = Math.max(1, Math.floor(portraits.length / PORTRAITS));
  const chosen = portraits.filter((_, i) => i % every === 0);
  const sums = new Array<number>(10).fill(0);
  for (let begin = 0; begin < chosen.length; begin += BATCH) {
    const batch = chosen.slice(begin, begin + BATCH);
    const size = 3 * LANDMARK_WINDOW ** 2;
    const pixels = new Float32Array(batch.length * size);
    const wanted: number[][] = [];
    for (const [i, { path, faces }] of batch.entries()) {
      const window = new LandmarkWindow(faces[0].landmarks);
      window.read(new AreaResampler(await readImage(path)), pixels, i * size);
      wanted.push(window.distancesOf(faces[0].landmarks));
    }
    const got = await student.judge(pixels, batch.length);
    for (const [i, row] of wanted.entries())
      for (const [k, value] of row.entries()) sums[k] += value - got[i * 10 + k];
  }
  return sums.map((sum) => sum / chosen.length);
}
