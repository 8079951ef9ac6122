import {
  type FaceSource,
  listPhotos,
  photoBatches,
  ShardSource,
  type SkippedPhoto,
  type SkippedRecord,
} from "@amface/data";
import type { FaceNet } from "@amface/nets";
import { type EmbedFilesOptions, embedFiles, type FileEmbeddings } from "../embed.ts";
import { embedBoth } from "../embed-both.ts";

export interface EmbedSourceOptions extends Omit<EmbedFilesOptions, "onSkip"> {
  /** Called for every crop that cannot be read, which is then left out. Without it, the first one is an error. */
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
}

/** Embeddings of a source's photos, and whose they are. */
export interface SourceEmbeddings extends FileEmbeddings {
  /** The places of the identities in the source's `identities`. */
  readonly labels: Int32Array;
}

/**
 * Embeds all crops of a source: of folders file by file, of shards record by record and in the order of identities and
 * names, in which the folder that was packed has them too.
 *
 * @returns Rows of D values, 2·D for `concat`; not normalised. `files` are paths, for shards the records'
 *   `image/filename`.
 * @throws {RangeError} Where no crop can be read, or one is not of the net's size.
 * @throws {ImageError | ShardError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedSource(
  net: FaceNet,
  source: FaceSource | ShardSource,
  options: EmbedSourceOptions = {},
): Promise<SourceEmbeddings> {
  if (source instanceof ShardSource) return await embedShards(net, source, options);
  const labelOf = new Map(source.files.map(({ path, label }) => [path, label]));
  const embedded = await embedFiles(net, [...labelOf.keys()], options);
  return { ...embedded, labels: Int32Array.from(embedded.files, (file) => labelOf.get(file)!) };
}

async function embedShards(
  net: FaceNet,
  source: ShardSource,
  { flip = "concat", batchSize = 64, onSkip, onProgress }: EmbedSourceOptions,
): Promise<SourceEmbeddings> {
  const photos = await listPhotos(source);
  const { embeddingSize } = net.description;
  const size = flip === "concat" ? 2 * embeddingSize : embeddingSize;
  const rows: { label: number; name: string; values: Float32Array }[] = [];
  const skip = onSkip && { skipCorrupt: true, onSkip };
  const imageSize = net.options.imageSize;
  for await (const { images, places, names } of photoBatches(photos, { batchSize, imageSize, ...skip })) {
    try {
      const values = await embedBoth(net, images, flip);
      places.forEach((place, b) => {
        const row = { label: photos[place].label, name: names[b] };
        rows.push({ ...row, values: values.subarray(b * size, (b + 1) * size) });
      });
    } finally {
      images.dispose();
    }
    onProgress?.(rows.length, photos.length);
  }
  rows.sort((a, b) => a.label - b.label || (a.name < b.name ? -1 : 1));
  const data = new Float32Array(rows.length * size);
  for (const [i, { values }] of rows.entries()) data.set(values, i * size);
  return {
    data,
    size,
    files: rows.map(({ name }) => name),
    labels: Int32Array.from(rows, ({ label }) => label),
  };
}
