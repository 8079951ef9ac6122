/** Runs a model on `count` images, `[B, H, W, 3]` row-major, and returns a row for each. */
export type Run = (images: Float32Array, count: number) => Float32Array;

/**
 * A model that takes batches of one size, or of any (`null`), made one that takes any number of images: what is missing in
 * a batch is filled up, and left out of what comes back. The model is run once on nothing, which shows the embedding's size;
 * one that leaves the batch free but only takes single images is run image by image.
 *
 * @param each Values of an image.
 */
export function inBatches(
  asked: number | null,
  each: number,
  run: Run,
): { readonly size: number; embed(images: Float32Array): Float32Array } {
  const { batch, size } = tryOut(asked, (count) => run(new Float32Array(count * each), count).length / count);
  const embed = (images: Float32Array) => {
    const count = images.length / each;
    if (batch === null) return run(images, count);
    const rows = new Float32Array(count * size);
    for (let from = 0; from < count; from += batch) {
      const part = Math.min(batch, count - from);
      const padded = new Float32Array(batch * each);
      padded.set(images.subarray(from * each, (from + part) * each));
      rows.set(run(padded, batch).subarray(0, part * size), from * size);
    }
    return rows;
  };
  return { size, embed };
}

function tryOut(batch: number | null, sizeAt: (count: number) => number) {
  if (batch !== null) return { batch, size: sizeAt(batch) };
  try {
    return { batch, size: sizeAt(2) };
  } catch (error) {
    try {
      return { batch: 1, size: sizeAt(1) };
    } catch {
      throw error;
    }
  }
}
