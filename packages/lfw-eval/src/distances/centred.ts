import type { Embeddings } from "./embeddings.ts";
import { unitRows } from "./unit-rows.ts";

/**
 * Embeddings scaled to length 1, without the mean of all: what all faces share tells nobody apart. For embeddings of many people; of one
 * alone nothing would be left but noise.
 *
 * @throws {RangeError} When an embedding is not finite or all zero.
 */
export function centred(embeddings: Embeddings): Embeddings {
  const { data: units, count, size } = unitRows(embeddings);
  const mean = new Float64Array(size);
  for (let at = 0; at < count * size; at++) mean[at % size] += units[at] / count;
  return { data: Float32Array.from({ length: count * size }, (_, at) => units[at] - mean[at % size]), size };
}
