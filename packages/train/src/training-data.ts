import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import {
  batchesPerEpoch,
  excludePhotos,
  type FaceSource,
  identityFolder,
  readExclusions,
} from "@amface/data";
import type { TrainConfig } from "./train-config.ts";

/** The photos of the config's folder, without those that its list of exclusions names. */
export async function readSource({ dataDir, excludeFile }: TrainConfig): Promise<FaceSource> {
  const source = await identityFolder(dataDir);
  return excludeFile === undefined
    ? source
    : excludePhotos(source, dataDir, await readExclusions(excludeFile));
}

/** A hash of which photos there are and whose they are; not of their pixels, nor of where the folder lies. */
export function fingerprint({ files }: FaceSource, dataDir: string): string {
  const hash = createHash("sha256");
  for (const { path, label } of files)
    hash.update(`${label} ${relative(dataDir, path).split(sep).join("/")}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** How many identities and photos a run trains on. */
export function sizes({ identities, files }: FaceSource): { identities: number; photos: number } {
  return { identities: identities.length, photos: files.length };
}

/** Batches an epoch: as configured, or one pass over the photos. */
export function stepsPerEpoch(source: FaceSource, { batchSize, epochSize }: TrainConfig): number {
  return epochSize ?? batchesPerEpoch(source, { batchSize });
}

/** Throws a RangeError for data that nothing can be learnt from, or that does not fill a batch. */
export function requireEnough({ identities, files }: FaceSource, { dataDir, batchSize }: TrainConfig): void {
  if (identities.length < 2) {
    throw new RangeError(
      `Cannot train on ${dataDir}: expected 2 identities or more, got ${identities.length}`,
    );
  }
  if (files.length < batchSize) {
    const expected = `${batchSize} photos (batchSize) or more`;
    throw new RangeError(
      `Cannot train on ${dataDir}: expected ${expected}, got ${files.length}; lower batchSize`,
    );
  }
}
