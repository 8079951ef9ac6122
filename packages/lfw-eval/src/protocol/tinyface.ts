import type { Embeddings } from "../distances/embeddings.ts";
import { unitRows } from "../distances/unit-rows.ts";
import { ListError } from "../lists/list-error.ts";
import { photoRows } from "../lists/photo-rows.ts";
import { DISTRACTORS, type LabelledPhotos, type TinyFaceLists } from "../lists/read-tinyface.ts";
import { cumulativeMatches, lookUp, rankRate, type SearchRate } from "./look-up.ts";

/** TinyFace's search. */
export interface TinyFaceResult {
  /** Photos of people who are looked for; one may have several, of which the nearest counts. */
  readonly gallery: number;
  readonly distractors: number;
  readonly probes: number;
  /** Photos of the lists that there are no embeddings of; they are left out. */
  readonly missing: number;
  readonly rank1: SearchRate;
  readonly rank5: SearchRate;
  readonly rank20: SearchRate;
  readonly rank50: SearchRate;
  /** To rank 100 at most. */
  readonly cmc: readonly number[];
}

const RANKS = 100;

/**
 * TinyFace's search (Cheng et al., ACCV 2018): every probe among the gallery's photos of the people looked for and the
 * distractors.
 *
 * @param names The photo of each embedding, `Probe/12_3.jpg` with any ending.
 * @param options.strict Make a missing photo an error, and that there are no distractors (default false).
 * @throws {ListError} When photos are missing.
 */
export function evaluateTinyFace(
  embeddings: Embeddings,
  names: readonly string[],
  lists: TinyFaceLists,
  options: { readonly strict?: boolean; readonly where: string },
): TinyFaceResult {
  const located = ({ photos, people }: LabelledPhotos) => {
    const { rows, missing } = photoRows(photos, names, options);
    return { rows: rows.filter((row) => row >= 0), people: people.filter((_, i) => rows[i] >= 0), missing };
  };
  const [gallery, probes] = [located(lists.gallery), located(lists.probes)];
  const distractors = names.flatMap((name, row) => (name.startsWith(`${DISTRACTORS}/`) ? [row] : []));
  if (options.strict && distractors.length === 0) {
    throw new ListError(
      `Cannot search in ${options.where}: expected distractors, photos of ${DISTRACTORS}, got none`,
    );
  }
  const found = lookUp(
    {
      units: unitRows(embeddings, [...gallery.rows, ...distractors]),
      people: Int32Array.from([...gallery.people, ...distractors.map(() => -1)]),
    },
    { units: unitRows(embeddings, probes.rows), people: probes.people },
  );
  return {
    gallery: gallery.rows.length,
    distractors: distractors.length,
    probes: found.ranks.reduce((count, rank) => count + Number(rank > 0), 0),
    missing: gallery.missing + probes.missing,
    rank1: rankRate(found, 1),
    rank5: rankRate(found, 5),
    rank20: rankRate(found, 20),
    rank50: rankRate(found, 50),
    cmc: [...cumulativeMatches(found, Math.min(RANKS, gallery.rows.length + distractors.length))],
  };
}
