/**
 * Evenly spaced thresholds of squared distance, `0, 1/perUnit, 2/perUnit, … < 4`: all that two normalised
 * embeddings can be apart.
 */
export interface ThresholdGrid {
  readonly perUnit: number;
}

/** Where accuracies and the mean ROC are read: 0, 0.01, … 3.99. */
export const ACCURACY_GRID: ThresholdGrid = { perUnit: 100 };

/** Where validation rates are read: 0, 0.001, … 3.999. */
export const VALIDATION_GRID: ThresholdGrid = { perUnit: 1000 };

function gridSize({ perUnit }: ThresholdGrid): number {
  return 4 * perUnit;
}

/** The `i`-th threshold: the double nearest to its decimal, so that a distance of 0.29 is not below 0.29. */
export function gridThreshold({ perUnit }: ThresholdGrid, i: number): number {
  return i / perUnit;
}

/** How many distances are below each threshold, in one pass over the distances and one over the grid. */
export function countBelow(distances: ArrayLike<number>, grid: ThresholdGrid): Uint32Array {
  const size = gridSize(grid);
  const counts = new Uint32Array(size);
  for (let p = 0; p < distances.length; p++) {
    const distance = distances[p];
    // The first threshold above the distance; the product can round across a threshold either way.
    let i = Math.floor(distance * grid.perUnit) + 1;
    while (i > 0 && distance < gridThreshold(grid, i - 1)) i--;
    while (i < size && distance >= gridThreshold(grid, i)) i++;
    if (i < size) counts[i]++;
  }
  for (let i = 1; i < size; i++) counts[i] += counts[i - 1];
  return counts;
}
