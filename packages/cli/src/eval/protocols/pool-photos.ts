import { stat } from "node:fs/promises";
import { join } from "node:path";
import { alignFace, type Landmarks } from "@amface/align";
import { ImageError, type RgbImage, readImage } from "@amface/images";
import {
  type Embeddings,
  embedAll,
  type IjbLists,
  ListError,
  photoRows,
  TemplatePool,
} from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import { withProgress } from "../../command/with-progress.ts";
import { readEmbeddings } from "../../embeddings/read-embeddings.ts";
import { loadEmbedding } from "../../model/model.ts";
import { startEngine } from "../../model/start-engine.ts";
import { rangeOf } from "../../shares/shares.ts";
import type { EvalContext, EvalValues, POOLINGS } from "../eval-options.ts";

/** Templates of photos. */
export interface PooledPhotos {
  /** One row a template, not normalised; zeros where none of its photos could be read. */
  readonly templates: Embeddings;
  /** Places of photos that were left out. */
  readonly skipped: readonly number[];
}

/** Batches that are embedded before they are pooled and let go. */
const BATCHES = 64;
/** Rows that are copied at a time. */
const ROWS = 4096;

/**
 * The templates of IJB's photos: of those in `--lfw-dir`, which are aligned by the list's landmarks and embedded by `--model`, or
 * of `--embeddings`. A photo that is missing or cannot be read is left out, unless `--strict` makes it an error. Of a medium of
 * several frames, one that is there and cannot be decoded still counts as a frame, so that the medium weighs less.
 *
 * @throws {ListError} When no photo is there, with `--strict` one is not, or a template has only photos of score 0 and goes by it.
 */
export async function poolPhotos(
  lists: IjbLists,
  { byNorm, byScore }: (typeof POOLINGS)[keyof typeof POOLINGS],
  values: EvalValues,
  context: EvalContext,
): Promise<PooledPhotos> {
  const { templates, media, scores } = lists;
  if (byScore) checkScores(lists);
  const newPool = (missing: ReadonlySet<number>) =>
    new TemplatePool(templates, media, { unit: !byNorm, missing, ...(byScore && { scores }) });
  if (values.embeddings !== undefined) return poolFile(values.embeddings, lists, newPool, values.strict);
  const missing = await missingPhotos(lists, values["lfw-dir"]!, values.strict);
  const { model, "lfw-dir": dir, flip, "lfw-batch-size": batchSize } = values;
  await startEngine(values, context.reporter, { repeatable: true });
  const net = await loadEmbedding(model!, values, context.reporter);
  const [height, width] = net.description.imageShape;
  const unread = new Set<number>();
  const read = async (photo: number): Promise<RgbImage> => {
    try {
      if (!missing.has(photo)) {
        const image = await readImage(join(dir!, lists.photos[photo]));
        return alignFace(image, landmarksOf(lists, photo), { height, width });
      }
    } catch (error) {
      if (values.strict || !(error instanceof ImageError)) throw error;
      context.reporter.warn(`Skipped: ${error.message}`);
    }
    unread.add(photo);
    return { data: new Uint8Array(height * width * 3), height, width };
  };
  const parts = await context.shares.meet(async () => {
    const pool = newPool(missing);
    const { from, to } = rangeOf(templates.length, context.shares, batchSize);
    const bar = { title: "embed", total: to - from, unit: "photos" };
    await withProgress(context, bar, async (onProgress) => {
      for (let start = from; start < to; start += BATCHES * batchSize) {
        const photos = Array.from({ length: Math.min(to - start, BATCHES * batchSize) }, (_, i) => start + i);
        const nameOf = (i: number) => join(dir!, lists.photos[photos[i]]);
        const done = (count: number) => onProgress(start - from + count);
        const options = { flip, batchSize, onProgress: done };
        const embeddings = await embedAll(photos, read, embedder(net), nameOf, options);
        for (const [i, photo] of photos.entries()) if (unread.has(photo)) clearRow(embeddings, i);
        pool.add(start, embeddings);
      }
    });
    const { data, size } = pool.embeddings();
    return { value: { size, unread: [...unread] }, data };
  });
  const size = Math.max(...parts.map((part) => part.value.size));
  const sums = parts.map(({ data }) => data as Float32Array).filter((data) => data.length > 0);
  const skipped = parts.flatMap((part) => part.value.unread);
  const data =
    sums.length === 1 ? sums[0] : sums[0].map((_, i) => sums.reduce((sum, data) => sum + data[i], 0));
  return { templates: { data, size }, skipped };
}

/** @throws {ListError} When none is there, or, with `strict`, one is not. */
async function missingPhotos({ photos }: IjbLists, dir: string, strict: boolean): Promise<Set<number>> {
  const missing = new Set<number>();
  for (let from = 0; from < photos.length; from += ROWS) {
    const some = photos.slice(from, from + ROWS).map((photo) => stat(join(dir, photo)));
    for (const [i, found] of (await Promise.allSettled(some)).entries())
      if (found.status === "rejected" || !found.value.isFile()) missing.add(from + i);
  }
  if (missing.size > 0 && (strict || missing.size === photos.length)) {
    const [first] = missing;
    throw new ListError(
      `Cannot find the photos of the list in ${dir}: expected ${photos[first]}, got ${missing.size} of ${photos.length} missing`,
    );
  }
  return missing;
}

/** @throws {ListError} When all photos of a template count nothing. */
function checkScores({ templates, templateIds, scores }: IjbLists): void {
  const counts = new Uint8Array(templateIds.length);
  templates.forEach((row, photo) => {
    if (scores[photo] !== 0) counts[row] = 1;
  });
  const row = counts.indexOf(0);
  if (row < 0) return;
  throw new ListError(
    `Cannot pool template ${templateIds[row]} by scores: expected a photo with a score above 0, got score 0 only; ` +
      "give --pooling norm or equal",
  );
}

const clearRow = ({ data, size }: Embeddings, row: number) => data.fill(0, row * size, (row + 1) * size);

async function poolFile(
  path: string,
  lists: IjbLists,
  newPool: (missing: ReadonlySet<number>) => TemplatePool,
  strict: boolean,
): Promise<PooledPhotos> {
  const { data, size, paths } = await readEmbeddings(path);
  const { rows } = photoRows(lists.photos, paths, { strict, where: path });
  const skipped = Array.from(rows.keys()).filter((photo) => rows[photo] < 0);
  const pool = newPool(new Set(skipped));
  for (let from = 0; from < rows.length; from += ROWS) {
    const some = rows.subarray(from, from + ROWS);
    const block = new Float32Array(some.length * size);
    for (const [i, row] of some.entries())
      if (row >= 0) block.set(data.subarray(row * size, (row + 1) * size), i * size);
    pool.add(from, { data: block, size });
  }
  return { templates: pool.embeddings(), skipped };
}

function landmarksOf({ landmarks }: IjbLists, photo: number): Landmarks {
  const point = (i: number) => [landmarks[photo * 10 + 2 * i], landmarks[photo * 10 + 2 * i + 1]] as const;
  return [point(0), point(1), point(2), point(3), point(4)] as unknown as Landmarks;
}
