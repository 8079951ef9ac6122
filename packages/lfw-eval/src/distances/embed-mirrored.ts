import { mirrorImage, type RgbImage } from "@amface/images/browser";
import { type Embeddings, type Flip, joinFlipped } from "./embeddings.ts";

/**
 * Anything that turns crops into embeddings: a net of any library, a remote service, the pixels themselves.
 *
 * @returns `[B, D]` row-major, one row a crop, not normalised.
 */
export type Embed = (crops: readonly RgbImage[]) => Promise<Float32Array> | Float32Array;

/**
 * The embeddings of a batch of any kind, joined with those of its mirror image unless `flip` is `none`.
 *
 * @param flip Default `concat`.
 */
export async function embedMirrored<T>(
  batch: T,
  embed: (batch: T) => Promise<Embeddings>,
  mirror: (batch: T) => T | Promise<T>,
  flip: Flip = "concat",
): Promise<Embeddings> {
  const plain = await embed(batch);
  return flip === "none" ? plain : joinFlipped(plain, await embed(await mirror(batch)), flip);
}

/**
 * A function that embeds crops and their mirror images by another, and joins the two.
 *
 * @param flip Default `concat`: twice the values.
 */
export function withMirrored(embed: Embed, flip?: Flip): Embed {
  return async (crops) => (await embedCrops(crops, embed, flip)).data;
}

/**
 * The same for one batch.
 *
 * @throws {RangeError} When `embed` returns something else than one row a crop.
 */
export async function embedCrops(crops: readonly RgbImage[], embed: Embed, flip?: Flip): Promise<Embeddings> {
  return await embedMirrored(
    crops,
    async (batch) => rowsOf(await embed(batch), batch.length),
    (batch) => batch.map(mirrorImage),
    flip,
  );
}

function rowsOf(data: Float32Array, crops: number): Embeddings {
  if (data.length === 0 || data.length % crops !== 0) {
    const expected = `the same number of values for each of ${crops} crops`;
    throw new RangeError(`Cannot embed photos: expected ${expected}, got ${data.length} values`);
  }
  return { data, size: data.length / crops };
}
