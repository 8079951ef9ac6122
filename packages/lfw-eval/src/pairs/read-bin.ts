import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { PairsError } from "./pairs.ts";
import { type BinSet, parseBin } from "./parse-bin.ts";

/**
 * Reads a set such as `agedb_30.bin`: a pickle of encoded images and of labels. Nothing in it is run.
 *
 * @throws {PairsError} When there is no such file or it holds something else.
 * @throws {PickleError} When it is damaged or asks for more than plain data.
 */
export async function readBin(path: string): Promise<BinSet> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new PairsError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  return parseBin(bytes, basename(path));
}
