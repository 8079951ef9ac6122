import { listIdentities } from "@amface/files";
import type { OutcomeKind } from "../manifest/align-outcome.ts";

export interface Photo {
  /** Relative to the input folder. */
  path: string;
  /** Its crop, relative to the output folder: the same name with the extension `.png`. */
  crop: string;
  /** Why nobody needs to look at it. */
  refused?: { outcome: OutcomeKind; reason: string };
}

/** One part of a folder's photos: the `index`-th of `count`, counted from 1. */
export interface Shard {
  index: number;
  count: number;
}

/**
 * Lists the photos of a folder of identities, or the part of them that falls to a shard: every `count`-th
 * in the order of `listIdentities`. All shards together list every photo once. A photo whose crop would have the
 * name of an earlier one's is refused; so is, in place of its photos, an identity whose folder cannot be read.
 *
 * @param onIgnored Told of every file and folder that is no photo by its name and place, whatever the shard.
 * @throws {RangeError} When the shard makes no sense.
 */
export async function photosToAlign(
  dir: string,
  shard: Shard = { index: 1, count: 1 },
  onIgnored: (path: string) => void = () => {},
): Promise<Photo[]> {
  const { index, count } = shard;
  if (!(Number.isInteger(index) && Number.isInteger(count) && index >= 1 && index <= count)) {
    throw new RangeError(`Cannot align shard ${index}/${count}: expected i/n with whole numbers 1 <= i <= n`);
  }
  const closed: Photo[] = [];
  const onUnreadable = (name: string, { message }: Error) =>
    void closed.push({ path: name, crop: "", refused: { outcome: "unreadable", reason: message } });
  const firstWith = new Map<string, string>();
  const photos = (await listIdentities(dir, { onUnreadable, onIgnored })).flatMap(({ files }) =>
    files.map((path): Photo => {
      const crop = path.replace(/\.[^./]*$/, ".png");
      const first = firstWith.get(crop);
      if (first === undefined) {
        firstWith.set(crop, path);
        return { path, crop };
      }
      const reason = `its crop would overwrite that of ${first}; rename one of the two`;
      return { path, crop, refused: { outcome: "name-clash", reason } };
    }),
  );
  closed.sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...photos, ...closed].filter((_, i) => i % count === index - 1);
}
