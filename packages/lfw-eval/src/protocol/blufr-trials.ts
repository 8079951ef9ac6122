import { photoRows } from "../lists/photo-rows.ts";
import type { BlufrLists } from "../lists/read-blufr.ts";
import type { BlufrTrial } from "./blufr.ts";

/** BLUFR's own trials among embeddings. */
export interface ListedTrials {
  readonly trials: readonly BlufrTrial[];
  /** Who each embedding is of: the list's number, or −1 of photos that are not in it. */
  readonly identities: readonly number[];
  /** Photos of the list that there are no embeddings of; trials go without them. */
  readonly missing: number;
}

/**
 * The trials of BLUFR's lists, for `blufr`. Probes of a person whose gallery photo is missing are left out.
 *
 * @param names The photo of each embedding, `Aaron_Eckhart/Aaron_Eckhart_0001.png`.
 * @param options.strict Make a missing photo an error (default false).
 * @throws {ListError} When photos are missing.
 */
export function blufrTrials(
  { photos, people, trials }: BlufrLists,
  names: readonly string[],
  options: { readonly strict?: boolean; readonly where: string },
): ListedTrials {
  const { rows, missing } = photoRows(photos, names, options);
  const identities = new Array<number>(names.length).fill(-1);
  rows.forEach((row, place) => {
    if (row >= 0) identities[row] = people[place];
  });
  const there = (places: Int32Array) => [...places].filter((place) => rows[place] >= 0);
  return {
    identities,
    missing,
    trials: trials.map(({ test, gallery, probes }) => {
      const listed = new Set(Array.from(gallery, (place) => people[place]));
      const known = new Set(there(gallery).map((place) => people[place]));
      const lookedUp = there(probes);
      const rowsOf = (places: readonly number[]) => places.map((place) => rows[place]);
      return {
        rows: rowsOf(there(test)),
        gallery: rowsOf(there(gallery)),
        probes: rowsOf(lookedUp.filter((place) => known.has(people[place]))),
        impostors: rowsOf(lookedUp.filter((place) => !listed.has(people[place]))),
      };
    }),
  };
}
