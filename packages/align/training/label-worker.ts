import { parentPort, workerData } from "node:worker_threads";
import {
  type Affine,
  Detector,
  type DetectorParts,
  detectFaces,
  type Face,
  type Landmarks,
  warpAffine,
} from "@amface/align";
import { type RgbImage, readImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";
import type { KnownPhoto } from "./known-photo.ts";
import type { LabelledPhoto } from "./labelled-photo.ts";

/** What a thread that labels photos is started with. */
export interface LabelWorkerStart {
  readonly teacher: DetectorParts;
  readonly photos: readonly KnownPhoto[];
}

/** A photo with what is taught about it, and all that the teacher found in it and in rolled copies. */
export interface TaughtPhoto {
  readonly photo: LabelledPhoto;
  readonly found: readonly Face[];
}

/** Scores of the teacher: what reaches the first is a face, what reaches only the second may be one. */
const SURE = 0.7;
const UNSURE = 0.3;
/** In pictures without faces only what reaches this may be one, such as a statue's: the teacher errs there too. */
const STATUE = 0.95;
/** How far the teacher's points are trusted beside hand-placed ones. */
const TEACHER_TRUST = 0.4;
/** Every so many photos are shown to the teacher rolled too, by these degrees, to learn where its boxes are then. */
const ROLLED_EVERY = 20;
const ROLLS = [-35, -20, 20, 35];

const { teacher, photos } = workerData as LabelWorkerStart;
const detector = new Detector(teacher, 1);
parentPort?.on("message", async (index: number) => {
  parentPort?.postMessage({ index, result: await label(photos[index], index) });
});

async function label({ path, kind, known }: KnownPhoto, index: number): Promise<TaughtPhoto> {
  const image = await readImage(path);
  const faces = detectFaces(detector, image, { thresholds: [0.6, 0.7, UNSURE] });
  if (kind === "negatives") {
    const statues = faces.filter(({ score }) => score >= STATUE).map(cornersOf);
    return { photo: { path, kind, faces: [], unsure: statues }, found: [] };
  }
  const others = faces.filter((face) => known.every((landmarks) => !covers(face, landmarks)));
  const sure = others.filter(({ score }) => score >= SURE);
  const photo: LabelledPhoto = {
    path,
    kind,
    faces: [
      ...known.map((landmarks) => ({ landmarks, trust: 1 })),
      ...sure.map(({ landmarks }) => ({ landmarks, trust: TEACHER_TRUST })),
    ],
    unsure: others.filter(({ score }) => score < SURE).map(cornersOf),
  };
  const rolls = kind === "celeba" && index % ROLLED_EVERY === 0 ? ROLLS : [];
  const rolled = rolls.flatMap((degrees) => detectFaces(detector, turned(image, degrees)));
  return { photo, found: kind === "generated" ? [] : [...faces, ...rolled] };
}

const cornersOf = ({ box: [x1, y1, x2, y2] }: Face): Corners => ({ x1, y1, x2, y2 });

/** Whether a face's box holds most of the points of another. */
function covers({ box: [x1, y1, x2, y2] }: Face, landmarks: Landmarks): boolean {
  return landmarks.filter(([x, y]) => x > x1 && x < x2 && y > y1 && y < y2).length >= 3;
}

/** The photo turned about its middle. */
function turned(image: RgbImage, degrees: number): RgbImage {
  const { width, height } = image;
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [x, y] = [width / 2, height / 2];
  const matrix: Affine = [
    [cos, -sin, x - cos * x + sin * y],
    [sin, cos, y - sin * x - cos * y],
  ];
  return warpAffine(image, matrix, height, width);
}
