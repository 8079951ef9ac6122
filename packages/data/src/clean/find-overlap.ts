import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inLanes } from "../concurrency/in-lanes.ts";
import { centreOf, type EmbeddingTable, rowsByIdentity, unitEmbeddings } from "./embedding-table.ts";

/** Something that training and test data have in common. */
export interface Overlap {
  readonly by: "name" | "file" | "embedding";
  /** The training identity, or for `file` its photo. */
  readonly training: string;
  /** The test identity, or for `file` its photo. */
  readonly test: string;
  /** For `embedding`: squared Euclidean distance of the two identities' normalised centres, 0..4. */
  readonly distance?: number;
}

/** A file's name and content, as far as telling copies takes it. */
export interface FileHash {
  readonly path: string;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly sha256: string;
}

/** Files read at the same time. */
const READS = 16;

/**
 * SHA-256 of files, in their order.
 *
 * @param files Relative to `dir`.
 * @param onProgress Told after each file how many are done.
 * @throws {Error} When a file cannot be read.
 */
export async function hashFiles(
  dir: string,
  files: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<FileHash[]> {
  const hashes: FileHash[] = new Array(files.length);
  let done = 0;
  await inLanes(files.length, READS, async (i) => {
    const bytes = await readFile(join(dir, files[i]));
    hashes[i] = { path: files[i], sha256: createHash("sha256").update(bytes).digest("hex") };
    onProgress?.(++done, files.length);
  });
  return hashes;
}

/**
 * Identities of the same name. Case, and what stands between words, do not count, nor in Latin, Greek and Cyrillic do
 * accents: `José_Maria` and `jose maria`, `Strauß` and `Strauss`, `Пётр` and `Петр` are one. In other scripts marks are
 * vowels and consonants: `मीना` and `मोना` are two. Names without a letter, such as numbers, name nobody and are left
 * out.
 */
export function sameNames(training: readonly string[], test: readonly string[]): Overlap[] {
  const known = groupBy(test, plainName);
  return training.flatMap((name) => {
    const plain = plainName(name);
    if (!/\p{L}/u.test(plain)) return [];
    return (known.get(plain) ?? []).map((other) => ({ by: "name" as const, training: name, test: other }));
  });
}

/** Photos that are the same file, byte for byte. */
export function sameFiles(training: readonly FileHash[], test: readonly FileHash[]): Overlap[] {
  const known = groupBy(test, ({ sha256 }) => sha256);
  return training.flatMap(({ path, sha256 }) =>
    (known.get(sha256) ?? []).map((other) => ({ by: "file" as const, training: path, test: other.path })),
  );
}

/**
 * Identities that look alike: the directions of their centres lie within `maxDistance` of each other.
 *
 * @param maxDistance Squared Euclidean distance of the normalised centres, 0..4. What it must be depends on the
 *   model: somewhat below its threshold for pairs, as centres scatter less than photos.
 * @throws {RangeError} When the two tables' embeddings differ in size or are no embeddings, or `maxDistance` is out
 *   of range.
 */
export function sameFaces(training: EmbeddingTable, test: EmbeddingTable, maxDistance: number): Overlap[] {
  if (!(maxDistance >= 0 && maxDistance <= 4)) {
    throw new RangeError(`Cannot compare faces: expected a squared distance of 0 to 4, got ${maxDistance}`);
  }
  if (training.size !== test.size) {
    throw new RangeError(
      `Cannot compare faces: expected embeddings of one model, got ${training.size} values and ${test.size}`,
    );
  }
  const ours = centresOf(training);
  const theirs = centresOf(test);
  const found: Overlap[] = [];
  for (const a of ours) {
    for (const b of theirs) {
      let cosine = 0;
      for (let i = 0; i < training.size; i++) cosine += a.centre[i] * b.centre[i];
      const distance = Math.max(0, 2 - 2 * cosine);
      if (distance <= maxDistance) {
        found.push({ by: "embedding", training: a.identity, test: b.identity, distance });
      }
    }
  }
  return found;
}

/** Every identity's centre, scaled to length 1; a person whose photos cancel out has none and is left out. */
function centresOf(table: EmbeddingTable): { identity: string; centre: Float32Array }[] {
  const units = unitEmbeddings(table);
  return [...rowsByIdentity(table.paths)].flatMap(([identity, rows]) => {
    const centre = centreOf(units, table.size, rows);
    const norm = Math.sqrt(centre.reduce((sum, value) => sum + value * value, 0));
    return norm > 1e-6 ? [{ identity, centre: Float32Array.from(centre, (value) => value / norm) }] : [];
  });
}

/** Letters that Unicode does not take apart into a plain one and a mark, and forms of one letter. */
const PLAIN_LETTERS: Record<string, string> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", þ: "th" },
  ...{ ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ŧ: "t", ı: "i", ς: "σ" },
};

function plainName(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, "$1")
    .replace(/[ßæœþøłđðħŧıς]/g, (letter) => PLAIN_LETTERS[letter])
    .replace(/[^\p{L}\p{M}\p{N}]/gu, "");
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
