import type { PhotoSource } from "@amface/data";
import type { Embeddings } from "@amface/lfw-eval";
import type { EmbeddingModel, FaceNet } from "@amface/nets";
import { type EmbedOptions, embedPart, joinEmbeddings, type SourceEmbeddings } from "@amface/train";
import { withProgress } from "../command/with-progress.ts";
import { packEmbeddings, unpackEmbeddings } from "../shares/embedding-part.ts";
import { rangeOf, type Shares } from "../shares/shares.ts";
import type { EvalContext } from "./eval-options.ts";

/** Embeds a source in shares. */
export async function embedShared(
  net: FaceNet | EmbeddingModel,
  source: PhotoSource,
  context: EvalContext,
  options: EmbedOptions & { readonly batchSize: number },
): Promise<SourceEmbeddings> {
  const { shares } = context;
  const range = rangeOf(source.photos, shares, options.batchSize);
  const bar = { title: "embed", total: range.to - range.from, unit: "crops" };
  const parts = await shares.meet(async () => {
    const part = await withProgress(context, bar, (onProgress) =>
      embedPart(net, source, range, { ...options, onProgress }),
    );
    return packEmbeddings(part, {});
  });
  return joinEmbeddings(parts.map(unpackEmbeddings));
}

/**
 * Embeds a list in shares, batches kept whole.
 *
 * @param embed Embeds the items of a range, one or more.
 */
export async function embedListShared(
  total: number,
  batchSize: number,
  shares: Shares,
  embed: (range: { readonly from: number; readonly to: number }) => Promise<Embeddings>,
): Promise<Embeddings> {
  const parts = await shares.meet(async () => {
    const range = rangeOf(total, shares, batchSize);
    if (range.from === range.to && total > 0) return { value: { size: 0 }, data: new Float32Array() };
    const { data, size } = await embed(range);
    return { value: { size }, data };
  });
  const size = Math.max(...parts.map(({ value }) => value.size));
  if (parts.length === 1) return { data: parts[0].data as Float32Array, size };
  const data = new Float32Array(total * size);
  let at = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, at);
    at += (part.data as Float32Array).length;
  }
  return { data, size };
}
