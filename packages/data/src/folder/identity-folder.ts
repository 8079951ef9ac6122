import { join } from "node:path";
import { listIdentities } from "@amface/files";
import type { FaceFile } from "../source/photo-columns.ts";
import { FileSource } from "./file-source.ts";

export interface IdentityFolderOptions {
  /** Leaves out identities with fewer photos than this; default 1 keeps all. */
  readonly minImagesPerIdentity?: number;
}

/**
 * Lists a folder of aligned crops, `dir/identity/photo.png`. Only paths are held in memory. Labels are
 * the places of the identities that were kept, in plain order of their names.
 *
 * @throws {Error} When the folder is missing or holds no identities or no images.
 * @throws {RangeError} When no identity has enough photos.
 */
export async function identityFolder(dir: string, options: IdentityFolderOptions = {}): Promise<FileSource> {
  const { minImagesPerIdentity = 1 } = options;
  const all = await listIdentities(dir);
  const kept = all.filter(({ files }) => files.length >= minImagesPerIdentity);
  if (kept.length === 0) {
    const most = Math.max(...all.map(({ files }) => files.length));
    throw new RangeError(
      `Cannot read identities from ${dir}: expected one with at least ${minImagesPerIdentity} photos, ` +
        `got at most ${most}; lower minImagesPerIdentity`,
    );
  }
  const files = kept.flatMap(({ files }, label): FaceFile[] =>
    files.map((file) => ({ path: join(dir, file), label })),
  );
  return new FileSource({ identities: kept.map(({ name }) => name), files, dir });
}
