import type { ByteSource } from "./byte-source.ts";
import type { NdArray } from "./nd-array.ts";
import { readNpy } from "./read-npy.ts";
import { readZipDirectory, readZipEntry, ZipError } from "./zip.ts";

/** Deflate makes its input at most this many times smaller; what claims more is no honest archive. */
const MAX_RATIO = 1040;

/**
 * Reads arrays of a `.npz` file, NumPy's zip archive of `.npy` files.
 *
 * @param names Of the arrays to read, those that are there; all of them by default.
 * @param inflate Unpacks raw deflate, such as Node's `inflateRawSync`; without it only archives that are not compressed
 *   (`numpy.savez`) are read.
 * @throws {ZipError} Where the archive is damaged.
 * @throws {NpyError} Where an array is another than `readNpy` reads; {PickleError} as there.
 */
export function readNpz(
  source: ByteSource,
  inflate?: (packed: Uint8Array, size: number) => Uint8Array,
  names?: readonly string[],
): Map<string, NdArray | readonly unknown[]> {
  const arrays = new Map<string, NdArray | readonly unknown[]>();
  for (const entry of readZipDirectory(source).values()) {
    const name = entry.name.replace(/\.npy$/, "");
    if (name === entry.name || (names && !names.includes(name))) continue;
    if (entry.size > MAX_RATIO * entry.packed) {
      throw new ZipError(
        `expected ${entry.name} of at most ${MAX_RATIO} times its ${entry.packed} bytes, got ${entry.size}`,
      );
    }
    arrays.set(name, readNpy(readZipEntry(source, entry, inflate)));
  }
  return arrays;
}
