import { join } from "node:path";
import { alignFace, type Landmarks } from "@amface/align";
import { readImage } from "@amface/images";
import { type Embeddings, embedAll, type IjbLists, photoRows, TemplatePool } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import { withProgress } from "../../command/with-progress.ts";
import { readEmbeddings } from "../../embeddings/read-embeddings.ts";
import { loadEmbedding } from "../../model/model.ts";
import { startEngine } from "../../model/start-engine.ts";
import { rangeOf } from "../../shares/shares.ts";
import type { EvalContext, EvalValues, POOLINGS } from "../eval-options.ts";

/** Batches that are embedded before they are pooled and let go. */
const BATCHES = 64;
/** Rows that are copied at a time. */
const ROWS = 4096;

/**
 * The templates of IJB's photos: of those in `--lfw-dir`, which are aligned by the list's landmarks and embedded by `--model`, or
 * of `--embeddings`.
 *
 * @returns One row a template, not normalised.
 * @throws {ListError} When a photo is missing among the embeddings.
 */
export async function poolPhotos(
  lists: IjbLists,
  { byNorm, byScore }: (typeof POOLINGS)[keyof typeof POOLINGS],
  values: EvalValues,
  context: EvalContext,
): Promise<Embeddings> {
  const { templates, media, scores } = lists;
  const newPool = () => new TemplatePool(templates, media, { unit: !byNorm, ...(byScore && { scores }) });
  if (values.embeddings !== undefined) return await poolFile(values.embeddings, lists, newPool());
  const { model, "lfw-dir": dir, flip, "lfw-batch-size": batchSize } = values;
  await startEngine(values, context.reporter, { repeatable: true });
  const net = await loadEmbedding(model!, values, context.reporter);
  const [height, width] = net.description.imageShape;
  const read = async (photo: number) => {
    const image = await readImage(join(dir!, lists.photos[photo]));
    return alignFace(image, landmarksOf(lists, photo), { height, width });
  };
  const parts = await context.shares.meet(async () => {
    const pool = newPool();
    const { from, to } = rangeOf(templates.length, context.shares, batchSize);
    const bar = { title: "embed", total: to - from, unit: "photos" };
    await withProgress(context, bar, async (onProgress) => {
      for (let start = from; start < to; start += BATCHES * batchSize) {
        const photos = Array.from({ length: Math.min(to - start, BATCHES * batchSize) }, (_, i) => start + i);
        const nameOf = (i: number) => join(dir!, lists.photos[photos[i]]);
        const done = (count: number) => onProgress(start - from + count);
        pool.add(
          start,
          await embedAll(photos, read, embedder(net), nameOf, { flip, batchSize, onProgress: done }),
        );
      }
    });
    const { data, size } = pool.embeddings();
    return { value: { size }, data };
  });
  const size = Math.max(...parts.map((part) => part.value.size));
  const sums = parts.map(({ data }) => data as Float32Array).filter((data) => data.length > 0);
  if (sums.length === 1) return { data: sums[0], size };
  return { data: sums[0].map((_, i) => sums.reduce((sum, data) => sum + data[i], 0)), size };
}

async function poolFile(path: string, lists: IjbLists, pool: TemplatePool): Promise<Embeddings> {
  const { data, size, paths } = await readEmbeddings(path);
  const { rows } = photoRows(lists.photos, paths, { strict: true, where: path });
  for (let from = 0; from < rows.length; from += ROWS) {
    const some = rows.subarray(from, from + ROWS);
    const block = new Float32Array(some.length * size);
    for (const [i, row] of some.entries()) block.set(data.subarray(row * size, (row + 1) * size), i * size);
    pool.add(from, { data: block, size });
  }
  return pool.embeddings();
}

function landmarksOf({ landmarks }: IjbLists, photo: number): Landmarks {
  const point = (i: number) => [landmarks[photo * 10 + 2 * i], landmarks[photo * 10 + 2 * i + 1]] as const;
  return [point(0), point(1), point(2), point(3), point(4)] as unknown as Landmarks;
}
