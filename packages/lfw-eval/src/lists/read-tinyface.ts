import { join } from "node:path";
import { quote } from "../pairs/quote.ts";
import { ListError } from "./list-error.ts";
import { readMat } from "./read-mat.ts";

/** Photos of TinyFace's search, `folder/file`, and whom they show. */
export interface TinyFaceLists {
  readonly gallery: LabelledPhotos;
  readonly probes: LabelledPhotos;
}

export interface LabelledPhotos {
  readonly photos: readonly string[];
  /** Numbers of people, one a photo. */
  readonly people: Int32Array;
}

/** Folders of photos and their lists. */
const GALLERY = { folder: "Gallery_Match", file: "gallery_match_img_ID_pairs.mat", key: "gallery" };
const PROBES = { folder: "Probe", file: "probe_img_ID_pairs.mat", key: "probe" };
/** The folder of photos of people who are not looked for. */
export const DISTRACTORS = "Gallery_Distractor";

/**
 * Reads TinyFace's lists of gallery and probes, `gallery_match_img_ID_pairs.mat` (`gallery_set`, `gallery_ids`) and
 * `probe_img_ID_pairs.mat` (`probe_set`, `probe_ids`), from its folder `Testing_Set`. Distractors have no list: they are all
 * photos of `Gallery_Distractor`.
 *
 * @throws {ListError} When a list is missing, is damaged or does not fit itself.
 */
export async function readTinyFace(dir: string): Promise<TinyFaceLists> {
  const [gallery, probes] = await Promise.all([GALLERY, PROBES].map((part) => readPart(dir, part)));
  return { gallery, probes };
}

async function readPart(
  dir: string,
  { folder, file, key }: { readonly folder: string; readonly file: string; readonly key: string },
): Promise<LabelledPhotos> {
  const path = join(dir, file);
  const mat = await readMat(path, [`${key}_set`, `${key}_ids`]);
  const names = mat.texts(`${key}_set`);
  const people = mat.numbers(`${key}_ids`);
  if (names.length === 0 || names.length !== people.length) {
    throw new ListError(
      `Cannot read ${path}: expected a number of ${key}_ids for each of ${key}_set, got ${people.length} for ${names.length}`,
    );
  }
  return { photos: names.map((name) => `${folder}/${name}`), people: Int32Array.from(people) };
}

/**
 * The same by the photos' names, which begin with their person's number: `Probe/12_3.jpg`.
 *
 * @param photos `folder/file` in the folders of `Testing_Set`.
 * @throws {ListError} When a name does not, or a folder has no photos.
 */
export function tinyFaceByNames(photos: readonly string[]): TinyFaceLists {
  const [gallery, probes] = [GALLERY, PROBES].map(({ folder }) => {
    const own = photos.filter((photo) => photo.startsWith(`${folder}/`));
    if (own.length === 0) throw new ListError(`Cannot find photos of ${folder}: expected some, got none`);
    const people = Int32Array.from(own, (photo) => {
      const number = /^(\d{1,9})_/.exec(photo.slice(folder.length + 1));
      if (number) return Number(number[1]);
      throw new ListError(
        `Cannot tell whom ${quote(photo)} shows: expected a name such as 12_3.jpg; give the folder of the .mat lists by --lists`,
      );
    });
    return { photos: own, people };
  });
  return { gallery, probes };
}
