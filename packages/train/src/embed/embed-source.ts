import type { PhotoSource } from "@amface/data";
import type { Embeddings } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { type EmbedOptions, embedList } from "./embed-list.ts";

/** Embeddings of a source's photos, and whose they are. */
export interface SourceEmbeddings extends Embeddings {
  /** What each row's photo is called: `identity/photo.jpg`, of shards the record's `image/filename`. */
  readonly names: readonly string[];
  /** The places of the identities in the source's `identities`. */
  readonly labels: Int32Array;
}

/**
 * Embeds all crops of a source, folder or shards, in the order of identities and names.
 *
 * @returns Rows of D values, 2·D for `concat`; not normalised.
 * @throws {RangeError} Where no crop can be read, or one is not of the net's size.
 * @throws {ImageError | ShardError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedSource(
  net: FaceNet,
  source: PhotoSource,
  options: EmbedOptions = {},
): Promise<SourceEmbeddings> {
  const photos = await source.list();
  const { data, size, places, names } = await embedList(net, photos, options);
  if (places.length === 0)
    throw new RangeError("Cannot embed photos: expected one or more that can be read, got none");
  const rows = places.map((place, row) => ({ row, label: photos[place].label, name: names[row] }));
  rows.sort((a, b) => a.label - b.label || (a.name < b.name ? -1 : Number(a.name > b.name)));
  const sorted = new Float32Array(data.length);
  for (const [i, { row }] of rows.entries())
    sorted.set(data.subarray(row * size, (row + 1) * size), i * size);
  return {
    data: sorted,
    size,
    names: rows.map(({ name }) => name),
    labels: Int32Array.from(rows, ({ label }) => label),
  };
}
