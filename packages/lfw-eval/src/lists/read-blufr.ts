import { ListError } from "./list-error.ts";
import { matPlaces, readMat } from "./read-mat.ts";

/** BLUFR's photos of LFW and its trials; all places are those in `photos`. */
export interface BlufrLists {
  /** `Aaron_Eckhart_0001.jpg`, 13,233 of them. */
  readonly photos: readonly string[];
  /** Numbers of people, one a photo. */
  readonly people: Int32Array;
  readonly trials: readonly {
    /** Photos that are compared with each other. */
    readonly test: Int32Array;
    /** One photo of each person who is known. */
    readonly gallery: Int32Array;
    /** Photos that are looked up, of these people and of others. */
    readonly probes: Int32Array;
  }[];
}

/**
 * Reads BLUFR's own lists, `blufr_lfw_config.mat` (Liao et al., IJCB 2014): of its variables `imageList`, `labels`, `testIndex`,
 * `galIndex` and `probIndex`.
 *
 * @throws {ListError} When there is no such file, it is damaged, or the lists do not fit each other.
 */
export async function readBlufr(path: string): Promise<BlufrLists> {
  const indices = ["testIndex", "galIndex", "probIndex"];
  const mat = await readMat(path, ["imageList", "labels", ...indices]);
  const photos = mat.texts("imageList");
  const labels = mat.numbers("labels");
  if (labels.length !== photos.length) {
    throw new ListError(`Cannot read ${path}: expected ${photos.length} labels, got ${labels.length}`);
  }
  const [test, gallery, probes] = indices.map((name) =>
    mat
      .numberLists(name)
      .map((numbers, t) => matPlaces(numbers, photos.length, `${path}, ${name}{${t + 1}}`)),
  );
  if (test.length === 0 || gallery.length !== test.length || probes.length !== test.length) {
    const got = [test, gallery, probes].map(({ length }) => length).join(", ");
    throw new ListError(`Cannot read ${path}: expected as many trials of ${indices.join(", ")}, got ${got}`);
  }
  return {
    photos,
    people: Int32Array.from(labels),
    trials: test.map((rows, t) => ({ test: rows, gallery: gallery[t], probes: probes[t] })),
  };
}
