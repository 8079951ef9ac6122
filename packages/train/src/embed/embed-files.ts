import type { Embeddings } from "@amface/lfw-eval";
import type { EmbeddingModel, FaceNet } from "@amface/nets";
import { type EmbedOptions, embedList } from "./embed-list.ts";

/** Embeddings and the files that they are of. */
export interface FileEmbeddings extends Embeddings {
  /** One path a row, in the given order. */
  readonly files: readonly string[];
}

/**
 * Embeds crops on disk, in their order, reading ahead while the net works.
 *
 * @returns `files.length` rows of D values, 2·D for `concat`; not normalised.
 * @throws {RangeError} Where there are no files that can be read, or a crop is not of the net's size.
 * @throws {ImageError} When a crop cannot be read and there is no `onSkip`.
 */
export async function embedFiles(
  net: FaceNet | EmbeddingModel,
  files: readonly string[],
  options: EmbedOptions = {},
): Promise<FileEmbeddings> {
  const photos = files.map((path) => ({ path, label: 0 }));
  const { data, size, names } = await embedList(net, photos, options);
  if (names.length === 0)
    throw new RangeError("Cannot embed files: expected one or more that can be read, got none");
  return { data: data.slice(), size, files: names };
}
