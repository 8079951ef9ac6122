import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isBelow, writeFileAtomic } from "@amface/files";
import { contactSheet, type RgbImage, readImage } from "@amface/images";
import type { ClusterRow } from "./cluster-rows.ts";

/**
 * Copies every photo into a folder of its cluster, under its path there.
 *
 * @throws {Error} Where a photo's path leads out of the folder, before anything is written.
 */
export async function writeFolders(
  dir: string,
  inputDir: string,
  rows: readonly ClusterRow[],
  onProgress: (done: number) => void,
): Promise<void> {
  for (const { path } of rows)
    if (!isBelow(path))
      throw new Error(`Cannot copy ${path}: expected a path below --input-dir, got one that leads out of it`);
  const digits = String(rows.at(-1)?.cluster ?? 1).length;
  for (const [i, { path, cluster }] of rows.entries()) {
    const folder = `cluster-${String(cluster).padStart(digits, "0")}`;
    await writeFileAtomic(join(dir, folder, path), await readFile(join(inputDir, path)));
    onProgress(i + 1);
  }
}

/** Clusters a sheet shows, and photos of each. */
const [CLUSTERS, PHOTOS] = [40, 12];

/** A picture of the largest clusters, one a row, of each its first photos. */
export async function writeSheet(file: string, inputDir: string, rows: readonly ClusterRow[]): Promise<void> {
  const images: (RgbImage | undefined)[] = [];
  for (let cluster = 1; cluster <= CLUSTERS; cluster++) {
    const own = rows.filter((row) => row.cluster === cluster).slice(0, PHOTOS);
    if (own.length === 0) break;
    const photos = await Promise.all(own.map(({ path }) => readImage(join(inputDir, path))));
    images.push(...photos, ...new Array<undefined>(PHOTOS - photos.length));
  }
  const blank = { data: new Uint8Array(3).fill(255), width: 1, height: 1 };
  const tiles = images.map((image) => image ?? blank);
  await writeFileAtomic(file, await contactSheet(tiles, { columns: PHOTOS, palette: false }));
}
