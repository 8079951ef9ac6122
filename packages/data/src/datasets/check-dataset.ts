import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, listIdentities, nameKey } from "@amface/files";
import type { DatasetCard } from "./dataset-card.ts";

/** How a copy on disk compares with a card. */
export interface DatasetCheck {
  readonly name: string;
  readonly dir: string;
  /**
   * `complete`: nothing differs. `partial`: what is there is right, and some is missing. `differs`: something is
   * there that should not be, or is not what it should be.
   */
  readonly verdict: "complete" | "partial" | "differs";
  /** What was found beside what a whole set, or the part that the copy is nearest to, should have. */
  readonly identities: { readonly found: number; readonly expected?: number };
  readonly photos: { readonly found: number; readonly expected?: number };
  /** The part of the set that the expectation is of, where the card has parts and one of them fits best. */
  readonly part?: string;
  /** What must exist and does not: gaps in an identity's numbering, paths of the index, files to download. */
  readonly missing: readonly string[];
  /** Photos that do not keep the layout or that the index lacks. */
  readonly extra: readonly string[];
  /** Files of the card that are there with another content. */
  readonly altered: readonly string[];
  /** Files of the card that are there with the right content. */
  readonly verified: readonly string[];
}

/**
 * Compares a copy of a data set, identity folders of photos or files to download, with its card. Photos are listed, not
 * opened.
 *
 * @throws {Error} When the folder is missing or holds no photos where the card has some, or the card's index is not to
 *   be read.
 */
export async function checkDataset(card: DatasetCard, dir: string): Promise<DatasetCheck> {
  const { layout } = card;
  const identities = layout ? await listIdentities(dir) : [];
  const paths = identities.flatMap(({ files }) => files);
  const found = { identities: identities.length, photos: paths.length };
  const { part, counts } = expectationOf(card, found);
  const { absent, altered, verified } = await checkFiles(card, dir);
  const missing = [...(layout?.numbered ? identities.flatMap(gaps) : []), ...absent];
  const photo = layout?.photo;
  const extra = photo === undefined ? [] : paths.filter((path) => !matches(photo, nameKey(path)));
  if (layout?.index !== undefined) {
    const indexed = await readIndex(join(dir, layout.index));
    const present = new Set(paths.map(nameKey));
    missing.push(...[...indexed].filter((path) => !present.has(path)));
    extra.push(...paths.filter((path) => !indexed.has(nameKey(path))));
  }
  const more = counts && (found.identities > counts.identities || found.photos > counts.photos);
  const fewer = counts && (found.identities < counts.identities || found.photos < counts.photos);
  const wrong = extra.length > 0 || altered.length > 0 || more;
  return {
    name: card.name,
    dir,
    verdict: wrong ? "differs" : fewer || missing.length > 0 ? "partial" : "complete",
    identities: { found: found.identities, ...(counts && { expected: counts.identities }) },
    photos: { found: found.photos, ...(counts && { expected: counts.photos }) },
    ...(part !== undefined && { part }),
    missing: [...new Set(missing)],
    extra: [...new Set(extra)],
    altered,
    verified,
  };
}

interface Counts {
  readonly identities: number;
  readonly photos: number;
}

/** The counts of the part that the copy is, or else of the whole set. */
function expectationOf(card: DatasetCard, found: Counts): { part?: string; counts?: Counts } {
  for (const [part, counts] of Object.entries(card.parts)) {
    if (counts.identities === found.identities && counts.photos === found.photos) return { part, counts };
  }
  return card.expected ? { counts: card.expected } : {};
}

function matches(photo: string, path: string): boolean {
  return new RegExp(`^(?:${photo})$`, "u").test(path);
}

/** Numbers that an identity's photos skip, as the paths that they would have. */
function gaps({ files }: Identity): string[] {
  const numbers = new Map<number, string>();
  for (const file of files) {
    const digits = /(\d+)\.[^.]+$/.exec(file)?.[1];
    if (digits !== undefined) numbers.set(Number(digits), file);
  }
  const last = Math.max(0, ...numbers.keys());
  const like = numbers.get(last);
  const missing: string[] = [];
  for (let n = 1; n < last; n++) {
    if (numbers.has(n)) continue;
    missing.push(
      like!.replace(
        /(\d+)(\.[^.]+)$/,
        (_, digits: string, end: string) => String(n).padStart(digits.length, "0") + end,
      ),
    );
  }
  return missing;
}

async function readIndex(path: string): Promise<Set<string>> {
  try {
    return new Set(Object.keys(JSON.parse(await readFile(path, "utf8")) as object).map(nameKey));
  } catch (cause) {
    throw new Error(`Cannot read the index ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Checks the card's files. That one of `md5` is absent says nothing; those of `download` belong to the set. */
async function checkFiles({ name, md5, download }: DatasetCard, dir: string) {
  const found = { absent: [] as string[], altered: [] as string[], verified: [] as string[] };
  const present = new Set(
    await readdir(dir).catch((cause: Error) => {
      throw new Error(`Cannot check ${name} in ${dir}: ${cause.message}`, { cause });
    }),
  );
  const check = async (file: string, algorithm: string, expected: string) => {
    const right = (await digest(join(dir, file), algorithm)) === expected;
    found[right ? "verified" : "altered"].push(file);
  };
  for (const [file, expected] of Object.entries(md5))
    if (present.has(file)) await check(file, "md5", expected);
  for (const [file, { sha256 }] of Object.entries(download?.files ?? {})) {
    if (present.has(file)) await check(file, "sha256", sha256);
    else found.absent.push(file);
  }
  return found;
}

async function digest(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
