import {
  batchesPerEpoch,
  openSource,
  type PhotoSource,
  readExclusions,
  type SkippedRecord,
  splitIdentities,
} from "@amface/data";
import type { TrainConfig } from "../config/train-config.ts";

/**
 * The photos of the config's folder or shards, without those that its list of exclusions names, and then without
 * identities of fewer than `filterMinNrofImagesPerClass`.
 *
 * @param onSkip Told of every damaged record that is passed over.
 * @param onWarning Told of lines of the list that match no photo.
 * @throws {RangeError} When none of the list's lines matches.
 */
export async function readSource(
  config: TrainConfig,
  onSkip: (error: SkippedRecord["error"]) => void = () => {},
  onWarning?: (message: string) => void,
): Promise<PhotoSource> {
  const { dataDir, excludeFile, skipCorrupt, filterMinNrofImagesPerClass: least } = config;
  const all = await openSource(dataDir, { skipCorrupt, onSkip });
  const source = excludeFile === undefined ? all : await excludeListed(all, excludeFile, onWarning);
  // Labels without photos, which an edited index leaves, would be columns of the head that nothing is ever near.
  if (least === 0 && !source.counts.includes(0)) return source;
  const labels = Array.from(source.counts.keys());
  return source.select(labels.filter((label) => source.counts[label] >= Math.max(1, least)));
}

async function excludeListed(
  source: PhotoSource,
  file: string,
  onWarning?: (message: string) => void,
): Promise<PhotoSource> {
  const listed = await readExclusions(file);
  return await source.exclude(listed, {
    onUnmatched: (paths) => {
      const first = paths.slice(0, 3).join(", ");
      onWarning?.(`${paths.length} of ${listed.length} lines of ${file} match no photo, such as ${first}`);
    },
  });
}

/**
 * Holds the config's share of identities out of the training, seeded by the config.
 *
 * @throws {RangeError} When there are not so many identities of two photos or more, or nobody is left to train on.
 */
export function holdOut(
  source: PhotoSource,
  { validationIdentities: share, seed }: Pick<TrainConfig, "validationIdentities" | "seed">,
): { train: PhotoSource; heldOut?: PhotoSource } {
  if (share === 0) return { train: source };
  return splitIdentities(source, share, seed, { minPhotos: 2 });
}

/** How many identities and photos a run trains on. */
export function sizes({ counts, photos }: PhotoSource): { identities: number; photos: number } {
  return { identities: counts.length, photos };
}

/** Batches an epoch: as configured, or one pass over the photos. */
export function stepsPerEpoch(source: PhotoSource, { batchSize, epochSize }: TrainConfig): number {
  return epochSize ?? batchesPerEpoch(source, { batchSize });
}

/** Photos without labels that a step takes. */
export function unlabelledPerStep({ unlabelledDir, batchSize, unlabelledBatchSize }: TrainConfig): number {
  return unlabelledDir === undefined ? 0 : (unlabelledBatchSize ?? batchSize);
}

/** Throws a RangeError for data that nothing can be learnt from, or that does not fill a batch. */
export function requireEnough(source: PhotoSource, config: TrainConfig): void {
  const { dataDir, batchSize, balance, sampleRate } = config;
  const { identities, photos } = sizes(source);
  if (identities < 2) {
    throw new RangeError(`Cannot train on ${dataDir}: expected 2 identities or more, got ${identities}`);
  }
  if (balance && identities < balance.identities) {
    const expected = `${balance.identities} identities (balance) or more`;
    throw new RangeError(`Cannot train on ${dataDir}: expected ${expected}, got ${identities}`);
  }
  const sampled = sampleRate === undefined ? identities : Math.round(sampleRate * identities);
  if (sampleRate !== undefined && sampled < Math.max(2, Math.min(batchSize, identities))) {
    const expected = `a share of ${identities} identities (sampleRate) that holds those of a batch of ${batchSize}`;
    throw new RangeError(
      `Cannot train on ${dataDir}: expected ${expected}, got ${sampled} of them; raise sampleRate or lower batchSize`,
    );
  }
  if (photos < batchSize) {
    const expected = `${batchSize} photos (batchSize) or more`;
    throw new RangeError(`Cannot train on ${dataDir}: expected ${expected}, got ${photos}; lower batchSize`);
  }
}
