import { basename } from "node:path";
import { readText } from "@amface/files";
import { type PairList, PairsError, parsePairs } from "./pairs.ts";

/**
 * Reads a pairs file from disk; see `parsePairs` for its form.
 *
 * @throws {PairsError} When there is no such file or it does not keep the form.
 */
export async function readPairs(path: string): Promise<PairList> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new PairsError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  return parsePairs(text, basename(path));
}
