import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Face, loadDetector, type Point, parseCsv } from "@amface/align";
import { listIdentities } from "@amface/files";
import { type BoxCoefficients, fitFaceBox } from "./face-box.ts";
import { fromWorkers } from "./from-workers.ts";
import { isHeldOut, isHeldOutNegative, pictureOf } from "./held-out.ts";
import type { KnownPhoto } from "./known-photo.ts";
import type { LabelWorkerStart, TaughtPhoto } from "./label-worker.ts";
import type { LabelledPhoto } from "./labelled-photo.ts";

/** Photos with what is taught about them. */
export interface Labels {
  readonly photos: readonly LabelledPhoto[];
  readonly box: BoxCoefficients;
}

/** From this score on the teacher's boxes teach where a box lies. */
const CLEAR = 0.95;

/**
 * Labels the photos by the reference's detector, the teacher: its faces beside those whose points are known.
 *
 * @param dataDir Folder with `landmarks/`, `celeba/`, `negatives/` (pictures without faces, if any) and the teacher's `weights/`.
 * @param generated Photos with the exact points of their faces.
 */
export async function labelPhotos(
  dataDir: string,
  generated: readonly KnownPhoto[],
  threads: number,
  onPhoto: (done: number, all: number) => void,
): Promise<Labels> {
  const photos = [
    ...(await handLabelled(dataDir)),
    ...(await portraits(dataDir)),
    ...(await withoutFaces(dataDir)),
    ...generated,
  ];
  const { name, weightsSha256, models } = await loadDetector(join(dataDir, "weights"));
  const start: LabelWorkerStart = { teacher: { name, weightsSha256, models }, photos };
  const labelled: LabelledPhoto[] = [];
  const found: Face[] = [];
  const worker = new URL("./label-worker.ts", import.meta.url);
  for await (const taught of fromWorkers<TaughtPhoto>(worker, start, { count: photos.length, threads })) {
    labelled.push(taught.photo);
    found.push(...taught.found.filter(({ score }) => score > CLEAR));
    onPhoto(labelled.length, photos.length);
  }
  return { photos: labelled, box: fitFaceBox(found) };
}

/** The photos whose points were placed by hand, without the pictures of those kept for measuring. */
async function handLabelled(dataDir: string): Promise<KnownPhoto[]> {
  const [header, ...rows] = parseCsv(await readFile(join(dataDir, "landmarks", "annotations.csv"), "utf8"));
  const first = header.indexOf("left_eye_x");
  const heldOut = new Set(rows.flatMap(([file]) => (isHeldOut(file) ? [pictureOf(file)] : [])));
  return rows
    .filter(([file]) => !heldOut.has(pictureOf(file)))
    .map(([file, ...cells]) => {
      const at = (i: number) => Number(cells[first - 1 + i]);
      const point = (i: number): Point => [at(2 * i), at(2 * i + 1)];
      return {
        path: join(dataDir, "landmarks", "images", file),
        kind: "landmarks",
        known: [[point(0), point(1), point(2), point(3), point(4)]],
      };
    });
}

async function portraits(dataDir: string): Promise<KnownPhoto[]> {
  const identities = await listIdentities(join(dataDir, "celeba"));
  return identities.flatMap(({ files }) =>
    files.map((file): KnownPhoto => ({ path: join(dataDir, "celeba", file), kind: "celeba", known: [] })),
  );
}

/** The pictures without faces but for those kept for measuring. */
async function withoutFaces(dataDir: string): Promise<KnownPhoto[]> {
  const files = await readdir(join(dataDir, "negatives")).catch(() => []);
  return files
    .filter((file) => file.endsWith(".jpg") && !isHeldOutNegative(file))
    .sort()
    .map((file): KnownPhoto => ({ path: join(dataDir, "negatives", file), kind: "negatives", known: [] }));
}
