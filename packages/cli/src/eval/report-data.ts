import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isShardFolder } from "@amface/data";
import { readImage } from "@amface/images";
import {
  type LabelErrors,
  medianThreshold,
  type ReportData,
  type ReportPair,
  type ReportPicture,
  worstPairs,
} from "@amface/lfw-eval";
import { type CropFaces, cropLandmarks, cropQualities, readCropFaces, stem } from "./crop-faces.ts";
import type { EvalValues, PairsResult } from "./eval-options.ts";
import type { Measured } from "./measured.ts";

/** Pairs of each class in the report's atlas of errors. */
const WORST = 12;

/** What the report of an evaluation shows. */
export async function reportData(
  measured: Measured,
  evaluation: PairsResult,
  values: EvalValues,
  errors: LabelErrors | undefined,
): Promise<ReportData> {
  const { name, pairs, table, engine } = measured;
  const { model, flip, against, "lfw-dir": crops, manifest } = values;
  // The report takes its pictures from files, of which shards have none.
  const dir = crops === undefined || (await isShardFolder(crops)) ? undefined : crops;
  const { bootstrap, comparison, subgroups, groups } = evaluation;
  const faces = dir === undefined ? new Map() : await readCropFaces(dir, manifest);
  return {
    title: model === undefined ? name : `${name} on ${evaluation.pairs + evaluation.skippedPairs} pairs`,
    result: { name, evaluation, table, bootstrap },
    ...(comparison && { comparison: { name: against!, ...comparison } }),
    subgroups,
    groups,
    ...(dir !== undefined && { worstPairs: await worstPictures(dir, measured, evaluation, faces, errors) }),
    qualities: table.photos === undefined ? [] : cropQualities(faces),
    details: {
      ...(model === undefined ? { distances: pairs } : { model, pairs, flip, engine: engine ?? "" }),
      ...(errors && { "known label errors": errors.size }),
      ...(bootstrap && { seed: values.seed }),
    },
  };
}

/** The nearest pairs of two people and the farthest of one, with pictures, landmarks and marks. */
async function worstPictures(
  dir: string,
  { table }: Measured,
  evaluation: PairsResult,
  faces: CropFaces,
  errors: LabelErrors | undefined,
): Promise<ReportPair[]> {
  const { photos, distances, issame } = table;
  if (photos === undefined) return [];
  const threshold = medianThreshold(evaluation);
  const worst = [false, true].flatMap((same) => worstPairs(table, threshold, WORST, same));
  return Promise.all(
    worst.map(async (p) => {
      const [a, b] = photos[p];
      return {
        a: await picture(dir, a, faces),
        b: await picture(dir, b, faces),
        same: issame[p],
        distance: distances[p],
        labelError: errors?.has(a, b),
      };
    }),
  );
}

async function picture(dir: string, name: string, faces: CropFaces): Promise<ReportPicture> {
  const path = join(dir, name);
  const face = faces.get(stem(name));
  const bytes = await readFile(path);
  return face === undefined
    ? { name, bytes }
    : { name, bytes, landmarks: cropLandmarks(face, await readImage(path)) };
}
