import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { readText } from "@amface/files";
import { parsePairList, photoPath } from "./pair-layouts.ts";
import { type Pair, type PairList, PairsError, type PhotoPath } from "./pairs.ts";
import { quote } from "./quote.ts";
import { isRfw, readRfw } from "./read-rfw.ts";

/**
 * Reads a list of pairs: a file in one of the layouts of `parsePairList`, CFP's folder `Protocol`, of which it takes
 * frontal with profile photos, or RFW's folder `txts`.
 *
 * @throws {PairsError} When there is no such file, or its form is none of these.
 */
export async function readPairList(path: string): Promise<PairList> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    if (await isRfw(path)) return readRfw(path);
    if (existsSync(join(path, "Split")) || existsSync(join(path, "Pair_list_F.txt")))
      return readCfp(path, "FP");
    const inner = (await isRfw(join(path, "txts"))) ? "txts" : "Protocol";
    const mend = existsSync(join(path, inner)) ? `; give ${join(path, inner)}` : "";
    throw new PairsError(
      `Cannot read pairs of the folder ${path}: expected CFP's Protocol or RFW's txts, got another${mend}`,
    );
  }
  return parsePairList(await readList(path), basename(path));
}

/**
 * Reads the pairs of CFP (Sengupta et al., WACV 2016) from its folder `Protocol`: frontal with profile photos (FP)
 * or frontal ones with each other (FF), with the benchmark's own folds. Photos are named relative to CFP's folder
 * `Data/Images`, such as `001/frontal/01.jpg`.
 *
 * @throws {PairsError} When a file is missing or does not keep the form.
 */
export async function readCfp(dir: string, kind: "FP" | "FF"): Promise<PairList> {
  const frontal = await cfpPhotos(join(dir, "Pair_list_F.txt"));
  const other = kind === "FF" ? frontal : await cfpPhotos(join(dir, "Pair_list_P.txt"));
  const split = join(dir, "Split", kind);
  const folds = (await readdir(split).catch(() => [])).filter((name) => /^\d+$/.test(name)).sort();
  if (folds.length < 2)
    throw new PairsError(`Cannot read ${split}: expected folders 01, 02, …, got ${folds.length}`);
  const pairs: Pair[] = [];
  for (const [fold, name] of folds.entries()) {
    for (const same of [true, false]) {
      const path = join(split, name, same ? "same.txt" : "diff.txt");
      const lines = (await readList(path)).split(/\r?\n/);
      lines.forEach((line, i) => {
        if (line.trim() === "") return;
        const [a, b] = line.split(",").map((number) => Number(number.trim()));
        const [photoA, photoB] = [frontal.get(a), other.get(b)];
        if (photoA === undefined || photoB === undefined) {
          const at = `${path} line ${i + 1}`;
          throw new PairsError(`Cannot read ${at}: expected two numbers of photos, got ${quote(line)}`);
        }
        pairs.push({ a: photoA, b: photoB, same, fold });
      });
    }
  }
  return { folds: folds.length, pairs };
}

/** Lines `12 ../Data/Images/002/frontal/02.jpg`. */
async function cfpPhotos(path: string): Promise<Map<number, PhotoPath>> {
  const photos = new Map<number, PhotoPath>();
  (await readList(path)).split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "") return;
    const match = /^\s*(\d+)\s+(.*?)\s*$/.exec(line);
    if (!match) {
      throw new PairsError(
        `Cannot read ${path} line ${i + 1}: expected a number and a photo, got ${quote(line)}`,
      );
    }
    const below = match[2].split("/Images/").at(-1)!;
    photos.set(Number(match[1]), photoPath(below, `${path} line ${i + 1}`));
  });
  return photos;
}

async function readList(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    throw new PairsError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
