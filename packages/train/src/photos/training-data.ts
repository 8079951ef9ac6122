import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import {
  batchesPerEpoch,
  excludePhotos,
  type FaceSource,
  identityCount,
  identityCounts,
  openSource,
  photoCount,
  readExclusions,
  ShardSource,
  type SkippedRecord,
  selectIdentities,
  splitIdentities,
} from "@amface/data";
import type { TrainConfig } from "../config/train-config.ts";

/**
 * The photos of the config's folder or shards, without those that its list of exclusions names, and then without
 * identities of fewer than `filterMinNrofImagesPerClass`.
 *
 * @param onSkip Told of every damaged record that is passed over.
 * @throws {RangeError} When there are exclusions for shards, whose index says what is left out.
 */
export async function readSource(
  config: TrainConfig,
  onSkip: (error: SkippedRecord["error"]) => void = () => {},
): Promise<FaceSource | ShardSource> {
  const source = await withoutExcluded(config, onSkip);
  const least = config.filterMinNrofImagesPerClass;
  if (least === 0) return source;
  const counts = identityCounts(source);
  return selectIdentities(
    source,
    Array.from(counts.keys()).filter((label) => counts[label] >= least),
  );
}

async function withoutExcluded(
  { dataDir, excludeFile, skipCorrupt }: TrainConfig,
  onSkip: (error: SkippedRecord["error"]) => void,
): Promise<FaceSource | ShardSource> {
  const source = await openSource(dataDir, { skipCorrupt, onSkip });
  if (excludeFile === undefined) return source;
  if (source instanceof ShardSource) {
    throw new RangeError(
      `Cannot leave out what ${excludeFile} lists: expected identity folders, got shards in ${dataDir}; ` +
        "drop rows of their index, or pack again without the photos",
    );
  }
  return excludePhotos(source, dataDir, await readExclusions(excludeFile));
}

/**
 * Holds the config's share of identities out of the training, seeded by the config.
 *
 * @throws {RangeError} When there are not so many identities of two photos or more, or nobody is left to train on.
 */
export function holdOut(
  source: FaceSource | ShardSource,
  { validationIdentities: share, seed }: Pick<TrainConfig, "validationIdentities" | "seed">,
): { train: FaceSource | ShardSource; heldOut?: FaceSource | ShardSource } {
  if (share === 0) return { train: source };
  return splitIdentities(source, share, seed, { minPhotos: 2 });
}

/** A hash of which photos there are and whose they are; not of their pixels, nor of where the folder lies. */
export function fingerprint(source: FaceSource | ShardSource, dataDir: string): string {
  if (source instanceof ShardSource) return source.fingerprint;
  const hash = createHash("sha256");
  for (const { path, label } of source.files)
    hash.update(`${label} ${relative(dataDir, path).split(sep).join("/")}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** How many identities and photos a run trains on. */
export function sizes(source: FaceSource | ShardSource): { identities: number; photos: number } {
  return { identities: identityCount(source), photos: photoCount(source) };
}

/** Batches an epoch: as configured, or one pass over the photos. */
export function stepsPerEpoch(
  source: FaceSource | ShardSource,
  { batchSize, epochSize }: TrainConfig,
): number {
  return epochSize ?? batchesPerEpoch(source, { batchSize });
}

/** Throws a RangeError for data that nothing can be learnt from, or that does not fill a batch. */
export function requireEnough(
  source: FaceSource | ShardSource,
  { dataDir, batchSize, balance }: TrainConfig,
): void {
  const { identities, photos } = sizes(source);
  if (identities < 2) {
    throw new RangeError(`Cannot train on ${dataDir}: expected 2 identities or more, got ${identities}`);
  }
  if (balance && identities < balance.identities) {
    const expected = `${balance.identities} identities (balance) or more`;
    throw new RangeError(`Cannot train on ${dataDir}: expected ${expected}, got ${identities}`);
  }
  if (photos < batchSize) {
    const expected = `${batchSize} photos (batchSize) or more`;
    throw new RangeError(`Cannot train on ${dataDir}: expected ${expected}, got ${photos}; lower batchSize`);
  }
}
