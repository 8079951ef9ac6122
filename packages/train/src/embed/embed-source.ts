import type { PhotoSource } from "@amface/data";
import type { Embeddings } from "@amface/lfw-eval";
import type { EmbeddingModel, FaceNet } from "@amface/nets";
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
  net: FaceNet | EmbeddingModel,
  source: PhotoSource,
  options: EmbedOptions = {},
): Promise<SourceEmbeddings> {
  return joinEmbeddings([await embedPart(net, source, {}, options)]);
}

/**
 * Embeds a part of a source, for `joinEmbeddings`. Where parts begin at multiples of the batch size, the batches are those
 * of `embedSource`. The backend `onnx` then gives the same bits if its `patience` is 0.
 *
 * @param range Places in the source's list, `from` up to, but without, `to`; all where absent.
 * @returns Rows in the list's order; none where no crop can be read.
 * @throws {RangeError} Where a crop is not of the net's size.
 * @throws {ImageError | ShardError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedPart(
  net: FaceNet | EmbeddingModel,
  source: PhotoSource,
  { from = 0, to }: { readonly from?: number; readonly to?: number },
  options: EmbedOptions = {},
): Promise<SourceEmbeddings> {
  const photos = (await source.list()).slice(from, to);
  const { data, size, places, names } = await embedList(net, photos, options);
  return { data, size, names, labels: Int32Array.from(places, (place) => photos[place].label) };
}

/**
 * What `embedSource` gives, of all parts of a source in their order.
 *
 * @throws {RangeError} Where they have no rows.
 */
export function joinEmbeddings(parts: readonly SourceEmbeddings[]): SourceEmbeddings {
  const size = parts[0]?.size;
  const names = parts.flatMap(({ names }) => names);
  if (names.length === 0)
    throw new RangeError("Cannot embed photos: expected one or more that can be read, got none");
  const labels = new Int32Array(names.length);
  let rows = 0;
  for (const part of parts) {
    labels.set(part.labels, rows);
    rows += part.labels.length;
  }
  const order = Uint32Array.from(names, (_, row) => row).sort(
    (a, b) => labels[a] - labels[b] || (names[a] < names[b] ? -1 : Number(names[a] > names[b])),
  );
  const places = new Uint32Array(rows);
  for (const [place, row] of order.entries()) places[row] = place;
  const data = new Float32Array(rows * size);
  let row = 0;
  for (const part of parts)
    for (let i = 0; i < part.names.length; i++, row++)
      data.set(part.data.subarray(i * size, (i + 1) * size), places[row] * size);
  return {
    ...{ data, size },
    names: Array.from(order, (row) => names[row]),
    labels: Int32Array.from(order, (row) => labels[row]),
  };
}
