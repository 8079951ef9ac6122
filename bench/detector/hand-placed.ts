import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Point, parseCsv } from "@amface/align";
import { isHeldOut } from "../../packages/align/training/held-out.ts";
import type { TrueFace } from "./true-faces.ts";

/** A photo of the annotated set with its one face; others may stand behind it without being annotated. */
export interface HandPlaced {
  readonly path: string;
  readonly truth: readonly [TrueFace];
  /** Whether a photo of the training may be cut from the same picture, around another of its faces. */
  readonly hasSibling: boolean;
}

/** Names are `picture_face_….jpg` and `_pose_picture_face.jpg`; pictures of the second kind are told apart by pose at times. */
const pictureOf = (file: string) => (file.startsWith("_") ? `_${file.split("_")[2]}` : file.split("_")[0]);

/** The annotated photos that the training leaves out. */
export async function readHeldOut(dir: string): Promise<HandPlaced[]> {
  const [head, ...rows] = parseCsv(await readFile(join(dir, "annotations.csv"), "utf8"));
  const expected = "file,x1,x2,y1,y2,left_eye_x";
  if (!head.join().startsWith(expected))
    throw new Error(`Cannot read ${dir}/annotations.csv: expected columns ${expected}, …, got ${head}`);
  const trained = new Set(rows.filter(([file]) => !isHeldOut(file)).map(([file]) => pictureOf(file)));
  return rows
    .filter(([file]) => isHeldOut(file))
    .map(([file, ...numbers]) => {
      const [x1, x2, y1, y2, ...points] = numbers.map(Number);
      const point = (i: number): Point => [points[2 * i], points[2 * i + 1]];
      const landmarks = [point(0), point(1), point(2), point(3), point(4)] as const;
      return {
        path: join(dir, "images", file),
        truth: [{ landmarks, box: [x1, y1, x2, y2] }],
        hasSibling: trained.has(pictureOf(file)),
      };
    });
}
