import { nameKey } from "@amface/files/browser";
import { stemOf } from "../pairs/stem-of.ts";
import { ListError } from "./list-error.ts";

/** Where the photos of a list stand among others. */
export interface PhotoRows {
  /** One row a photo; −1 where it is missing. */
  readonly rows: Int32Array;
  readonly missing: number;
}

/**
 * Finds the photos of a list among those that there are embeddings of, whatever their endings and, where a name alone tells
 * them, their folders; of photos whose path differs by the ending only, the first counts.
 *
 * @param names Of the photos that are there, `folder/photo.png`.
 * @param options `strict` makes a missing photo an error (default false); `where` is what error messages call the place.
 * @throws {ListError} When none is there, or, with `strict`, one is missing.
 */
export function photoRows(
  photos: readonly string[],
  names: readonly string[],
  { strict = false, where }: { readonly strict?: boolean | undefined; readonly where: string },
): PhotoRows {
  const rowOf = new Map<string, number>();
  /** −1 for what photos of several folders are called. */
  const byName = new Map<string, number>();
  names.forEach((name, row) => {
    const stem = stemOf(nameKey(name));
    if (rowOf.has(stem)) return;
    rowOf.set(stem, row);
    const last = stem.slice(stem.lastIndexOf("/") + 1);
    byName.set(last, byName.has(last) ? -1 : row);
  });
  const rows = Int32Array.from(photos, (photo) => {
    const stem = stemOf(nameKey(photo));
    return rowOf.get(stem) ?? byName.get(stem) ?? -1;
  });
  const missing = rows.reduce((count, row) => count + Number(row < 0), 0);
  if (missing > 0 && (strict || missing === photos.length)) {
    const first = photos[rows.indexOf(-1)];
    throw new ListError(
      `Cannot find the photos of the list in ${where}: expected ${first}, got ${missing} of ${photos.length} missing`,
    );
  }
  return { rows, missing };
}
