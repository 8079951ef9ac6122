import { identityOf } from "../source/photo-name.ts";
import { centreOf, type EmbeddingTable, rowsByIdentity, unitEmbeddings } from "./embedding-table.ts";

/** What the filter thinks of one photo. */
export interface FilteredPhoto {
  readonly path: string;
  readonly identity: string;
  /** Euclidean distance of the normalised embedding to its identity's mean, 0..2. */
  readonly distance: number;
  readonly keep: boolean;
  /** Why it is left out: it lies too far from the centre, or too few photos of its identity are left. */
  readonly reason?: "far" | "few";
}

export interface FilterOptions {
  /** The share of photos, in percent, whose distance is near enough; default 100 keeps all. */
  readonly percentile?: number;
  /** Leaves out identities of which fewer photos are left; default 1. */
  readonly minImagesPerIdentity?: number;
}

/**
 * Finds photos that look unlike the rest of their identity, most of them under a wrong name, as the reference's
 * `--filter-percentile` and `--filter-min-nrof-images-per-class` do: a photo is left out where its distance to the
 * centre of its identity is beyond a percentile of all distances, and then an identity where too few are left.
 *
 * Two things differ from the reference: the percentile is exact (linear interpolation between the distances
 * beside it) rather than read off a histogram of 100 bins, and identities that were small before count too.
 *
 * @returns A row a photo, in the table's order.
 * @throws {RangeError} When an option is out of range, or the table is empty or not one of embeddings.
 */
export function filterByCentre(table: EmbeddingTable, options: FilterOptions = {}): FilteredPhoto[] {
  const { percentile = 100, minImagesPerIdentity = 1 } = options;
  if (!(percentile > 0 && percentile <= 100)) {
    throw new RangeError(`Cannot filter photos: expected a percentile above 0, up to 100, got ${percentile}`);
  }
  if (!(Number.isInteger(minImagesPerIdentity) && minImagesPerIdentity >= 1)) {
    throw new RangeError(
      `Cannot filter photos: expected minImagesPerIdentity to be an integer >= 1, got ${minImagesPerIdentity}`,
    );
  }
  const distances = centreDistances(table);
  const limit = percentileOf(distances, percentile);
  const left = new Map<string, number>();
  table.paths.forEach((path, i) => {
    const identity = identityOf(path);
    left.set(identity, (left.get(identity) ?? 0) + (distances[i] <= limit ? 1 : 0));
  });
  return table.paths.map((path, i) => {
    const identity = identityOf(path);
    const row = { path, identity, distance: distances[i] };
    if (distances[i] > limit) return { ...row, keep: false, reason: "far" };
    if (left.get(identity)! < minImagesPerIdentity) return { ...row, keep: false, reason: "few" };
    return { ...row, keep: true };
  });
}

/**
 * Distance of every photo's normalised embedding to the mean of those of its identity, as facenet's
 * filtering metrics compute it: 0 for an identity of one photo.
 *
 * @throws {RangeError} When the table is empty or not one of embeddings.
 */
export function centreDistances(table: EmbeddingTable): Float64Array {
  if (table.paths.length === 0) throw new RangeError("Cannot filter photos: expected at least one, got none");
  const units = unitEmbeddings(table);
  const { size } = table;
  const distances = new Float64Array(table.paths.length);
  for (const rows of rowsByIdentity(table.paths).values()) {
    const centre = centreOf(units, size, rows);
    for (const row of rows) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += (units[row * size + i] - centre[i]) ** 2;
      distances[row] = Math.sqrt(sum);
    }
  }
  return distances;
}

function percentileOf(values: Float64Array, percentile: number): number {
  const sorted = values.slice().sort();
  const at = ((sorted.length - 1) * percentile) / 100;
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
