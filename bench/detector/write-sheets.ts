import { join } from "node:path";
import { similarityTransform, warpAffine } from "@amface/align";
import { writeFileAtomic } from "@amface/files";
import { contactSheet, type RgbImage, readImage } from "@amface/images";
import type { LoneFace } from "./compare-faces.ts";
import type { Corners } from "./match-boxes.ts";

/** Pictures on a sheet, and the side of each in pixels. */
const PICTURES = 80;
const SIDE = 120;
/** How many times the box's longer side a picture shows. */
const CONTEXT = 2;

/**
 * Writes faces that only one detector finds, cut out with what is around them, ours red and the reference's green:
 * `NAME-1.png`, …, and `NAME.json` with path, box and score of each in the same order, by rows.
 */
export async function writeSheets(dir: string, name: string, faces: readonly LoneFace[]): Promise<void> {
  for (let from = 0; from < faces.length; from += PICTURES) {
    const pictures: RgbImage[] = [];
    for (const face of faces.slice(from, from + PICTURES)) pictures.push(await picture(face));
    const file = join(dir, `${name}-${from / PICTURES + 1}.png`);
    await writeFileAtomic(file, await contactSheet(pictures, { columns: 10, palette: false }));
  }
  const list = faces.map(({ photo: { path }, face: { box, score } }) => ({ path, box, score }));
  await writeFileAtomic(join(dir, `${name}.json`), `${JSON.stringify(list, null, 1)}\n`);
}

async function picture({ photo, face: { box } }: LoneFace): Promise<RgbImage> {
  const [x1, y1, x2, y2] = box;
  const half = (CONTEXT * Math.max(x2 - x1, y2 - y1)) / 2;
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const corners = [[x - half, y - half] as const, [x + half, y + half] as const];
  const matrix = similarityTransform(corners, [
    [0, 0],
    [SIDE, SIDE],
  ]);
  const result = warpAffine(await readImage(photo.path), matrix, SIDE, SIDE);
  const place = (corner: number, centre: number) =>
    Math.round(((corner - centre + half) * SIDE) / (2 * half));
  const move = (b: Corners): Corners => [place(b[0], x), place(b[1], y), place(b[2], x), place(b[3], y)];
  for (const face of photo.found.reference) drawBox(result, move(face.box), [0, 220, 0]);
  for (const face of photo.found.ours) drawBox(result, move(face.box), [255, 0, 0]);
  return result;
}

/** Draws a box's outline, one pixel wide. */
function drawBox({ data, width, height }: RgbImage, box: Corners, colour: readonly number[]): void {
  const [x1, y1, x2, y2] = box;
  const dot = (x: number, y: number) => {
    if (x >= 0 && y >= 0 && x < width && y < height) data.set(colour, (y * width + x) * 3);
  };
  for (let x = x1; x <= x2; x++) for (const y of [y1, y2]) dot(x, y);
  for (let y = y1; y <= y2; y++) for (const x of [x1, x2]) dot(x, y);
}
