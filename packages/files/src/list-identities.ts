import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";

/** A person of a data set in the form `folder/identity/photo.jpg`. */
export interface Identity {
  /** The folder's name. */
  name: string;
  /** Photos, sorted, relative to the data set's folder and with `/` between the parts. */
  files: string[];
}

/** Extensions of the files that are taken for photos, in lower case. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ".jpg",
  ".jpeg",
  ".png",
  ".webp",
  ".gif",
  ".tif",
  ".tiff",
  ".avif",
];

export interface ListIdentitiesOptions {
  /**
   * Told of every identity whose folder cannot be read, which is then left out. Without it, the first one is an
   * error.
   */
  readonly onUnreadable?: (name: string, error: Error) => void;
  /**
   * Told of every file and folder, hidden ones aside, that does not count: beside the identities, below one, or
   * without an image extension. Relative to the data set's folder.
   */
  readonly onIgnored?: (path: string) => void;
}

/**
 * Lists a folder of identities, `dir/identity/photo.jpg`. Identities and photos come in plain code-unit
 * order. Hidden files, files without an image extension and identities without a photo are left out;
 * symbolic links are followed.
 *
 * @throws {Error} When the folder is missing, has no identities, or none of them has a photo that can be listed.
 */
export async function listIdentities(
  dir: string,
  { onUnreadable, onIgnored = () => {} }: ListIdentitiesOptions = {},
): Promise<Identity[]> {
  const entries = await list(dir);
  const folders: string[] = [];
  for (const entry of entries) {
    if (await isFolder(dir, entry)) folders.push(entry.name);
    else onIgnored(entry.name);
  }
  if (folders.length === 0) {
    const photos = entries.filter(isPhoto).length;
    throw new Error(
      `Cannot list identities in ${dir}: expected one folder of photos a person (${dir}/person/photo.jpg), ` +
        `got ${photos === 0 ? "no folders" : `no folders and ${photos} photos beside each other`}`,
    );
  }
  folders.sort(byCodeUnit);
  const identities = await Promise.all(
    folders.map(async (name) => {
      const entries = await list(join(dir, name)).catch((error: Error) => {
        if (!onUnreadable) throw error;
        onUnreadable(name, error);
        return [];
      });
      const files: string[] = [];
      for (const entry of entries) {
        const path = `${name}/${entry.name}`;
        if (isPhoto(entry)) files.push(path);
        else onIgnored(path);
      }
      return { name, files: files.sort(byCodeUnit) };
    }),
  );
  const filled = identities.filter((identity) => identity.files.length > 0);
  if (filled.length === 0) {
    throw new Error(
      `Cannot list identities in ${dir}: expected photos (${IMAGE_EXTENSIONS.join(" ")}), ` +
        `got ${folders.length} folders without any`,
    );
  }
  return filled;
}

/** What is in a folder, hidden files aside. */
async function list(dir: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith("."));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "nothing there" : code === "ENOTDIR" ? "a file" : message;
    throw new Error(`Cannot list identities in ${dir}: expected a folder, got ${got}`, { cause });
  }
}

async function isFolder(dir: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(join(dir, entry.name))).isDirectory();
  } catch {
    return false; // a link to nothing
  }
}

function isPhoto(entry: Dirent): boolean {
  const isFile = entry.isFile() || entry.isSymbolicLink();
  return isFile && IMAGE_EXTENSIONS.includes(extname(entry.name).toLowerCase());
}

/** Plain comparison of UTF-16 code units: the same order on every machine and in every locale. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
