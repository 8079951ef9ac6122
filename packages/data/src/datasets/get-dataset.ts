import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import type { DatasetCard, DatasetDownload } from "./dataset-card.ts";

export interface GetDatasetOptions {
  /** Another address of the card's files, such as a mirror; the checksums stay the card's. */
  from?: string;
  signal?: AbortSignal;
  /** Told each file before it is asked for, with its address. */
  onFetch?: (file: string, url: string) => void;
}

/** What became of a file of the card. */
export interface GottenFile {
  readonly file: string;
  readonly path: string;
  readonly outcome: "fetched" | "already there";
}

/** Files that could not be fetched, or are not those of the card; the message says how to get them by hand. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** A server that sends nothing more for so long is given up, in milliseconds. */
const LONGEST_FETCH = 120_000;

/**
 * Fetches the files of a card into a folder. Files that are there and right stay; the others are written when all of
 * them have arrived with the card's sizes and SHA-256 checksums, so that an attempt that fails leaves nothing. They are
 * held in memory meanwhile.
 *
 * @param dir Made where it is missing.
 * @throws {RangeError} When the card names no files to fetch.
 * @throws {DownloadError} When a server is not to be reached or sends something else, or a file of another content
 *   lies in the folder.
 * @throws {WriteError} When the folder is not writable.
 */
export async function getDataset(
  card: DatasetCard,
  dir: string,
  { from, signal, onFetch }: GetDatasetOptions = {},
): Promise<GottenFile[]> {
  const { download } = card;
  if (!download) {
    throw new RangeError(
      `Cannot get ${card.name}: expected a card with files to fetch, got one of a set to ask its makers for: ${card.source}`,
    );
  }
  const missing = await missingFiles(download, dir);
  const arrived = new Map<string, Uint8Array>();
  for (const file of missing) {
    const url = new URL(file, from ?? download.from).href;
    onFetch?.(file, url);
    try {
      arrived.set(file, await fetchChecked(url, download.files[file], signal));
    } catch (cause) {
      signal?.throwIfAborted();
      throw new DownloadError(
        `Cannot get ${file} of ${card.name} from ${url}: ${(cause as Error).message}; ${byHand(card, download, dir)}`,
        { cause },
      );
    }
  }
  for (const [file, bytes] of arrived) await writeFileAtomic(join(dir, file), bytes);
  return Object.keys(download.files).map((file) => ({
    file,
    path: join(dir, file),
    outcome: arrived.has(file) ? "fetched" : "already there",
  }));
}

function byHand(card: DatasetCard, { files, use }: DatasetDownload, dir: string): string {
  const names = Object.keys(files).join(", ");
  return (
    `nothing was written. To get them by hand: put ${names} of ${card.source} into ${dir}, ` +
    `compare with amface datasets check ${card.name} ${dir}, and ${use}`
  );
}

async function missingFiles({ files }: DatasetDownload, dir: string): Promise<string[]> {
  const missing: string[] = [];
  for (const [file, { sha256 }] of Object.entries(files)) {
    const path = join(dir, file);
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw new DownloadError(`Cannot read ${path}: ${cause.message}`, { cause });
    });
    if (!bytes) missing.push(file);
    else if (digest(bytes) !== sha256) {
      throw new DownloadError(
        `Cannot get ${file} into ${dir}: expected none there or one of SHA-256 ${sha256}, got ${digest(bytes)}; ` +
          "delete it, or choose another folder",
      );
    }
  }
  return missing;
}

/** Fetches a file; what is longer than it should be is not read to its end. */
async function fetchChecked(
  url: string,
  { bytes, sha256 }: DatasetDownload["files"][string],
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const limits = [AbortSignal.timeout(LONGEST_FETCH), ...(signal ? [signal] : [])];
  const response = await fetch(url, { signal: AbortSignal.any(limits) }).catch((error: Error) => {
    throw new Error(`no answer (${reasonOf(error)})`, { cause: error });
  });
  if (!response.ok)
    throw new Error(`expected the file, got the answer ${response.status} ${response.statusText}`);
  const content = new Uint8Array(bytes);
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    if (length + chunk.length > bytes) throw new Error(`expected ${bytes} bytes, got more`);
    content.set(chunk, length);
    length += chunk.length;
  }
  if (length < bytes) throw new Error(`expected ${bytes} bytes, got ${length}`);
  const got = digest(content);
  if (got !== sha256) throw new Error(`expected the SHA-256 ${sha256}, got ${got}`);
  return content;
}

/** Node says only "fetch failed", and gives the reason as the cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
