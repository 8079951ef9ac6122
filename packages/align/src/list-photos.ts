import { listIdentities } from "@amface/images";

export interface Photo {
  /** Relative to the input folder. */
  path: string;
  /** Its crop, relative to the output folder: the same name with the extension `.png`. */
  crop: string;
  /** An earlier photo whose crop has the same name. */
  clashesWith?: string;
}

/** One part of a folder's photos: the `index`-th of `count`, counted from 1. */
export interface Shard {
  index: number;
  count: number;
}

/**
 * Lists the photos of a folder of identities, or the part of them that falls to a shard: every `count`-th
 * in the order of `listIdentities`. All shards together list every photo once.
 *
 * @throws {RangeError} When the shard makes no sense.
 */
export async function listPhotos(dir: string, shard: Shard = { index: 1, count: 1 }): Promise<Photo[]> {
  const { index, count } = shard;
  if (!(Number.isInteger(index) && Number.isInteger(count) && index >= 1 && index <= count)) {
    throw new RangeError(`Cannot align shard ${index}/${count}: expected i/n with whole numbers 1 <= i <= n`);
  }
  const firstWith = new Map<string, string>();
  const photos = (await listIdentities(dir)).flatMap(({ files }) =>
    files.map((path): Photo => {
      const crop = path.replace(/\.[^./]*$/, ".png");
      const clashesWith = firstWith.get(crop);
      if (clashesWith === undefined) firstWith.set(crop, path);
      return { path, crop, ...(clashesWith !== undefined && { clashesWith }) };
    }),
  );
  return photos.filter((_, i) => i % count === index - 1);
}
