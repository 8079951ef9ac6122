import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Detector, detectFaces, type Face, type Landmarks, parseCsv, warpAffine } from "@amface/align";
import { listIdentities, readImage, type RgbImage } from "@amface/images";
import { type BoxCoefficients, fitFaceBox } from "./face-box.ts";
import { isHeldOut } from "./held-out.ts";
import type { LabelledPhoto } from "./labelled-photo.ts";

/** Scores of the teacher: what reaches the first is a face, what reaches only the second may be one. */
const SURE = 0.7;
const UNSURE = 0.3;
/** How far the teacher's points are trusted beside hand-placed ones. */
const TEACHER_TRUST = 0.4;
/** Every so many photos are shown to the teacher rolled too, by these angles in degrees, to learn where its boxes are. */
const ROLLED_EVERY = 20;
const ROLLS = [-35, -20, 20, 35];

/** What is to be labelled: a photo, and the points of its faces where they are known. */
interface Unlabelled {
  readonly path: string;
  readonly kind: LabelledPhoto["kind"];
  readonly known: readonly Landmarks[];
}

/** Photos with what is taught about them. */
export interface Labels {
  readonly photos: readonly LabelledPhoto[];
  readonly box: BoxCoefficients;
}

/**
 * Labels the photos by the reference's detector, the teacher: its faces beside those whose points are known.
 *
 * @param dataDir Folder with `landmarks/` (without the held-out photos) and `celeba/`.
 * @param generated Photos with the exact points of their faces.
 */
export async function labelPhotos(
  teacher: Detector,
  dataDir: string,
  generated: readonly Unlabelled[],
  onPhoto: (done: number, all: number) => void,
): Promise<Labels> {
  const all = [...(await handLabelled(dataDir)), ...(await portraits(dataDir)), ...generated];
  const photos: LabelledPhoto[] = [];
  const found: Face[] = [];
  for (const [i, { path, kind, known }] of all.entries()) {
    const image = await readImage(path);
    const faces = detectFaces(teacher, image, { thresholds: [0.6, 0.7, UNSURE] });
    const others = faces.filter((face) => known.every((landmarks) => !covers(face, landmarks)));
    photos.push({
      path,
      kind,
      faces: [
        ...known.map((landmarks) => ({ landmarks, trust: 1 })),
        ...others
          .filter(({ score }) => score >= SURE)
          .map(({ landmarks }) => ({ landmarks, trust: TEACHER_TRUST })),
      ],
      unsure: others
        .filter(({ score }) => score < SURE)
        .map(({ box: [x1, y1, x2, y2] }) => ({ x1, y1, x2, y2 })),
    });
    if (kind !== "generated") found.push(...faces);
    if (kind === "celeba" && i % ROLLED_EVERY === 0) {
      for (const roll of ROLLS) found.push(...detectFaces(teacher, rolled(image, roll)));
    }
    onPhoto(i + 1, all.length);
  }
  return { photos, box: fitFaceBox(found.filter(({ score }) => score > 0.95)) };
}

/** The photos whose points were placed by hand, without those kept for measuring. */
async function handLabelled(dataDir: string): Promise<Unlabelled[]> {
  const [header, ...rows] = parseCsv(await readFile(join(dataDir, "landmarks", "annotations.csv"), "utf8"));
  const first = header.indexOf("left_eye_x");
  return rows
    .filter(([file]) => !isHeldOut(file))
    .map(([file, ...cells]) => {
      const at = (i: number) => Number(cells[first - 1 + i]);
      const points = [0, 2, 4, 6, 8].map((i) => [at(i), at(i + 1)]);
      return {
        path: join(dataDir, "landmarks", "images", file),
        kind: "landmarks",
        known: [points as unknown as Landmarks],
      };
    });
}

async function portraits(dataDir: string): Promise<Unlabelled[]> {
  const identities = await listIdentities(join(dataDir, "celeba"));
  return identities.flatMap(({ files }) =>
    files.map((file): Unlabelled => ({ path: join(dataDir, "celeba", file), kind: "celeba", known: [] })),
  );
}

/** Whether a face's box holds the nose and most of the points of another. */
function covers({ box: [x1, y1, x2, y2] }: Face, landmarks: Landmarks): boolean {
  return landmarks.filter(([x, y]) => x > x1 && x < x2 && y > y1 && y < y2).length >= 3;
}

/** The photo turned about its middle. */
function rolled(image: RgbImage, degrees: number): RgbImage {
  const { width, height } = image;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [x, y] = [width / 2, height / 2];
  return warpAffine(
    image,
    [
      [cos, -sin, x - cos * x + sin * y],
      [sin, cos, y - sin * x - cos * y],
    ],
    height,
    width,
  );
}
