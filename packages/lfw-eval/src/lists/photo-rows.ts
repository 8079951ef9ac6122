import { nameKey } from "@amface/files/browser";
import { ListError } from "./list-error.ts";

/** Where the photos of a list stand among others. */
export interface PhotoRows {
  /** One row a photo; −1 where it is missing. */
  readonly rows: Int32Array;
  readonly missing: number;
}

/**
 * Finds the photos of a list among those that there are embeddings of, whatever their endings and, where a name alone tells
 * them, their folders.
 *
 * @param names Of the photos that are there, `folder/photo.png`.
 * @param options.strict Make a missing photo an error (default false).
 * @param options.where What error messages call the place.
 * @throws {ListError} When none is there, or, with `strict`, one is missing.
 */
export function photoRows(
  photos: readonly string[],
  names: readonly string[],
  { strict = false, where }: { readonly strict?: boolean | undefined; readonly where: string },
): PhotoRows {
  const rowOf = new Map<string, number>();
  names.forEach((name, row) => {
    const stem = stemOf(name);
    rowOf.set(stem, row);
    const last = stem.slice(stem.lastIndexOf("/") + 1);
    if (!rowOf.has(last)) rowOf.set(last, row);
  });
  const rows = Int32Array.from(photos, (photo) => rowOf.get(stemOf(photo)) ?? -1);
  const missing = rows.reduce((count, row) => count + Number(row < 0), 0);
  if (missing > 0 && (strict || missing === photos.length)) {
    const first = photos[rows.indexOf(-1)];
    throw new ListError(
      `Cannot find the photos of the list in ${where}: expected ${first}, got ${missing} of ${photos.length} missing`,
    );
  }
  return { rows, missing };
}

const stemOf = (name: string) => nameKey(name).replace(/\.[^./]+$/, "");
