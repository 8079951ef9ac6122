import * as tf from "@tensorflow/tfjs-core";
import { requireAtLeast } from "./expect.ts";
import type { Margin } from "./margin.ts";

/**
 * The margin of CosFace (arXiv:1801.09414, eq. 4) and AM-Softmax (arXiv:1801.05599, eq. 6): `cosθ − m`.
 *
 * @param margin m, 0 or more; 0.35 in both papers.
 * @throws {RangeError} When m is out of its range.
 */
export function cosFace(margin: number): Margin {
  requireAtLeast(0, "margin", margin);
  return (cosine_B) => ({ cosine_B: tf.sub(cosine_B, margin) });
}
