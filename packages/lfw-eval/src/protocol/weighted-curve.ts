/** A ROC with a point for each distance, its area and equal error rate. */
export interface WeightedCurve {
  readonly far: Float64Array;
  readonly tar: Float64Array;
  readonly threshold: Float64Array;
  /** Points that are filled. */
  readonly count: number;
  readonly auc: number;
  readonly eer: number;
}

/**
 * ROC of pairs that count any number of times.
 *
 * @param order Pairs by rising distance.
 * @param weights How often each pair counts; some of each class must.
 */
export function weightedCurve(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  order: Uint32Array,
  weights: Uint32Array,
): WeightedCurve {
  const [far, tar, threshold] = [0, 1, 2].map(() => new Float64Array(order.length + 1));
  let [sameTotal, differentTotal] = [0, 0];
  for (let p = 0; p < weights.length; p++) {
    if (issame[p]) sameTotal += weights[p];
    else differentTotal += weights[p];
  }
  let [same, different, count, auc] = [0, 0, 0, 0];
  let eer = Number.NaN;
  for (let i = 0; ; ) {
    far[count] = different / differentTotal;
    tar[count] = same / sameTotal;
    while (i < order.length && weights[order[i]] === 0) i++;
    const next = i < order.length ? distances[order[i]] : Infinity;
    threshold[count] = next;
    if (count > 0) {
      auc += ((far[count] - far[count - 1]) * (tar[count] + tar[count - 1])) / 2;
      if (Number.isNaN(eer) && far[count] + tar[count] >= 1) {
        const before = 1 - far[count - 1] - tar[count - 1];
        const step = far[count] + tar[count] - far[count - 1] - tar[count - 1];
        eer = far[count - 1] + ((far[count] - far[count - 1]) * before) / step;
      }
    }
    count++;
    if (i === order.length) break;
    for (; i < order.length && distances[order[i]] === next; i++) {
      const p = order[i];
      if (issame[p]) same += weights[p];
      else different += weights[p];
    }
  }
  return { far, tar, threshold, count, auc, eer };
}
