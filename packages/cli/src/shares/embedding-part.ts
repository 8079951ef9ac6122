import type { SourceEmbeddings } from "@amface/train";
import type { Part } from "./shares.ts";

/** What of embeddings is no number of theirs. */
export interface EmbeddingPart {
  readonly size: number;
  readonly names: readonly string[];
  readonly labels: readonly number[];
}

/** Embeddings of a source's part, for `Shares.meet`, and what else there is to say of it. */
export function packEmbeddings<T extends object>(
  { data, size, names, labels }: SourceEmbeddings,
  more: T,
): Part<EmbeddingPart & T> {
  return { value: { size, names, labels: Array.from(labels), ...more }, data };
}

export function unpackEmbeddings({ value, data }: Part<EmbeddingPart>): SourceEmbeddings {
  const { size, names, labels } = value;
  return { data: data as Float32Array, size, names, labels: Int32Array.from(labels) };
}
