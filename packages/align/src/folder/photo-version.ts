import { stat } from "node:fs/promises";
import type { PhotoVersion } from "../manifest/align-outcome.ts";

/** Size and time of a photo as it is now; `undefined` where that cannot be told. */
export async function photoVersion(path: string): Promise<PhotoVersion | undefined> {
  try {
    const { size, mtime } = await stat(path);
    return { bytes: size, modified: mtime.toISOString() };
  } catch {
    return undefined; // reading it says why, and a time that is none is of no use
  }
}

/** Whether both are known and the same. */
export function isSameVersion(a: PhotoVersion | undefined, b: PhotoVersion | undefined): boolean {
  return a !== undefined && a.bytes === b?.bytes && a.modified === b.modified;
}
