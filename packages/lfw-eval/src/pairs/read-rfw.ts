import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "@amface/files";
import { parsePairList } from "./pair-layouts.ts";
import { type Pair, type PairList, PairsError, photoIdentity, photoStem } from "./pairs.ts";
import { quote } from "./quote.ts";

const pairsFile = (dir: string, group: string) => join(dir, group, `${group}_pairs.txt`);

/** Whether a folder holds RFW's lists. */
export async function isRfw(dir: string): Promise<boolean> {
  return (await groupsOf(dir)).length > 0;
}

/**
 * Reads the pairs of RFW (Wang et al., ICCV 2019) from its folder `txts`: of every group, `African`, `Asian`, `Caucasian` and
 * `Indian`, its `GROUP/GROUP_pairs.txt`, whose pairs are in ten folds. Photos are named `GROUP/m.0abc/m.0abc_0001`, as they lie
 * in RFW's `data`. Where there is a `GROUP/GROUP_people.txt` (a person and a number of photos a line), the pairs must be of its
 * people and photos.
 *
 * @returns All groups' pairs, one group after the other, each in its folds.
 * @throws {PairsError} When a file does not keep its form, or pairs name somebody who is not among the people.
 */
export async function readRfw(dir: string): Promise<PairList> {
  const groups = await groupsOf(dir);
  const lists = await Promise.all(groups.map((group) => readGroup(dir, group)));
  return { folds: lists[0].folds, pairs: lists.flatMap(({ pairs }) => pairs), groups };
}

async function groupsOf(dir: string): Promise<string[]> {
  const names = (await readdir(dir).catch(() => [])).sort();
  const found = await Promise.all(names.map((name) => stat(pairsFile(dir, name)).catch(() => undefined)));
  return names.filter((_, i) => found[i]?.isFile());
}

async function readGroup(dir: string, group: string): Promise<PairList> {
  const path = pairsFile(dir, group);
  const list = parsePairList(await readText(path), path);
  const photosOf = await readPeople(join(dir, group, `${group}_people.txt`));
  const photo = (of: Pair["a"], p: number) => {
    const [identity, stem] = [photoIdentity(of), photoStem(of)];
    const known = photosOf?.get(identity);
    if (photosOf && !("number" in of && known !== undefined && of.number <= known)) {
      const expected = known === undefined ? "people" : `one of ${known} photos`;
      throw new PairsError(
        `Cannot read ${path} pair ${p + 1}: expected ${expected} of ${group}_people.txt, got ${quote(stem)}`,
      );
    }
    // With an ending, or that of a person's name, `m.0abc`, would count as one.
    return { path: `${group}/${stem}.jpg`, identity: `${group}/${identity}` };
  };
  return {
    folds: list.folds,
    pairs: list.pairs.map(({ a, b, ...pair }, p) => ({ ...pair, a: photo(a, p), b: photo(b, p) })),
  };
}

/** Numbers of photos by people. */
async function readPeople(path: string): Promise<ReadonlyMap<string, number> | undefined> {
  if (!(await stat(path).catch(() => undefined))) return undefined;
  const lines = (await readText(path)).split(/\r?\n/);
  return new Map(
    lines.flatMap((line, i): [string, number][] => {
      if (line.trim() === "") return [];
      const match = /^(\S+)\s+(\d+)$/.exec(line.trim());
      if (match) return [[match[1], Number(match[2])]];
      throw new PairsError(
        `Cannot read ${path} line ${i + 1}: expected a person and a number of photos, got ${quote(line)}`,
      );
    }),
  );
}
