import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type CropSize, type Face, faceTemplate, readManifest, similarityTransform } from "@amface/align";
import { nameKey } from "@amface/files";
import type { Quality, ReportPicture } from "@amface/lfw-eval";

/** Faces of crops by the crops' names without extension, as align's manifest tells them. */
export type CropFaces = ReadonlyMap<string, Face>;

/**
 * Reads the faces that crops were cut out by.
 *
 * @param manifest Its path; `manifest.csv` in the folder of crops when left out, and none where that is missing.
 */
export async function readCropFaces(dir: string, manifest?: string): Promise<CropFaces> {
  const path = manifest ?? join(dir, "manifest.csv");
  if (manifest !== undefined && !(await stat(manifest).catch(() => undefined))) {
    throw new Error(`Cannot read the manifest ${manifest}: expected a file, got nothing there`);
  }
  const outcomes = await readManifest(path);
  return new Map(outcomes.flatMap(({ crop, face }) => (crop && face ? [[stem(crop), face] as const] : [])));
}

/** Where a face's landmarks lie in its crop, in pixels. */
export function cropLandmarks(face: Face, size: CropSize): NonNullable<ReportPicture["landmarks"]> {
  const [[a, b, c], [d, e, f]] = similarityTransform(face.landmarks, faceTemplate(size));
  const points = face.landmarks.map(([x, y]): [number, number] => [a * x + b * y + c, d * x + e * y + f]);
  return { points, width: size.width, height: size.height };
}

/** What the landmarks tell of how well photos could be aligned; empty where none are known. */
export function cropQualities(faces: CropFaces): Quality[] {
  if (faces.size === 0) return [];
  const eyes = ({ landmarks: [left, right] }: Face) => [right[0] - left[0], right[1] - left[1]];
  const quality = (name: string, largerIsBetter: boolean, of: (face: Face) => number): Quality => ({
    name,
    largerIsBetter,
    of(photo) {
      const face = faces.get(stem(photo));
      return face && of(face);
    },
  });
  return [
    quality("Distance of the eyes in the photo, pixels", true, (face) => Math.hypot(...eyes(face))),
    quality("Tilt of the eyes in the photo, degrees", false, (face) => {
      const [x, y] = eyes(face);
      return (Math.abs(Math.atan2(y, x)) * 180) / Math.PI;
    }),
    quality("Score of the detector", true, ({ score }) => score),
  ];
}

export const stem = (name: string) => nameKey(name).replace(/\.[^./]+$/, "");
