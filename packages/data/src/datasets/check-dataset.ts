import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, listIdentities } from "@amface/images";
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
  /** Photos that must exist and do not: gaps in an identity's numbering, or paths of the index. */
  readonly missing: readonly string[];
  /** Photos that do not keep the layout or that the index lacks. */
  readonly extra: readonly string[];
  /** Files of the card that are there with another content. */
  readonly altered: readonly string[];
  /** Files of the card that are there with the right content. */
  readonly verified: readonly string[];
}

/**
 * Compares a copy of a data set, identity folders of photos, with its card. Photos are listed, not opened.
 *
 * @throws {Error} When the folder is missing or holds no photos, or the card's index is not to be read.
 */
export async function checkDataset(card: DatasetCard, dir: string): Promise<DatasetCheck> {
  const identities = await listIdentities(dir);
  const paths = identities.flatMap(({ files }) => files);
  const found = { identities: identities.length, photos: paths.length };
  const { part, counts } = expectationOf(card, found);
  const missing = card.layout.numbered ? identities.flatMap(gaps) : [];
  const extra = card.layout.photo === undefined ? [] : paths.filter((path) => !matches(card, path));
  if (card.layout.index !== undefined) {
    const indexed = await readIndex(join(dir, card.layout.index));
    const present = new Set(paths);
    missing.push(...[...indexed].filter((path) => !present.has(path)));
    extra.push(...paths.filter((path) => !indexed.has(path)));
  }
  const { altered, verified } = await checkFiles(card, dir);
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

function matches(card: DatasetCard, path: string): boolean {
  return new RegExp(`^(?:${card.layout.photo})$`, "u").test(path);
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
    return new Set(Object.keys(JSON.parse(await readFile(path, "utf8")) as object));
  } catch (cause) {
    throw new Error(`Cannot read the index ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Checks those of the card's files that lie in the folder; that one is absent says nothing about the photos. */
async function checkFiles(
  card: DatasetCard,
  dir: string,
): Promise<{ altered: string[]; verified: string[] }> {
  const altered: string[] = [];
  const verified: string[] = [];
  const present = new Set(await readdir(dir));
  for (const [file, expected] of Object.entries(card.md5)) {
    if (!present.has(file)) continue;
    const hash = createHash("md5");
    for await (const chunk of createReadStream(join(dir, file))) hash.update(chunk as Uint8Array);
    (hash.digest("hex") === expected ? verified : altered).push(file);
  }
  return { altered, verified };
}
