import type { TemplatePairs } from "../lists/read-ijb.ts";
import type { SortedDistances } from "./sorted-distances.ts";
import type { UnitRows } from "./unit-rows.ts";

/**
 * Squared distances of listed pairs of templates by class, each in rising order: 4 bytes a pair.
 *
 * @param units One row a template.
 */
export function templateDistances(units: UnitRows, { a, b, same: isSame }: TemplatePairs): SortedDistances {
  const { data, size } = units;
  const sameCount = isSame.reduce((count, same) => count + same, 0);
  const same = new Float32Array(sameCount);
  const different = new Float32Array(isSame.length - sameCount);
  let [s, d] = [0, 0];
  for (let p = 0; p < isSame.length; p++) {
    // Rounding can carry a cosine a little over 1.
    const distance = Math.max(0, 2 - 2 * dot(data, a[p] * size, b[p] * size, size));
    if (isSame[p] === 1) same[s++] = distance;
    else different[d++] = distance;
  }
  return { same: same.sort(), different: different.sort() };
}

/** Four sums, so that none waits for the one before it. */
function dot(data: Float32Array, x: number, y: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 3 < size; d += 4) {
    s0 += data[x + d] * data[y + d];
    s1 += data[x + d + 1] * data[y + d + 1];
    s2 += data[x + d + 2] * data[y + d + 2];
    s3 += data[x + d + 3] * data[y + d + 3];
  }
  for (; d < size; d++) s0 += data[x + d] * data[y + d];
  return s0 + s1 + (s2 + s3);
}
