import {
  copiesBetween,
  type Duplicate,
  type EmbeddingTable,
  findDuplicates,
  hashDistance,
  type NearCopy,
  type PhotoHash,
  type SharedPicture,
} from "@amface/data";

/** A photo that a test set has, too. */
export interface TestCopy extends SharedPicture {
  /** Squared distance of the embeddings, where there are some. */
  readonly distance?: number;
}

/** Embeddings of two pictures with equal hashes that are farther apart than this show two faces that only look alike in grey squares. */
const MAX_DISTANCE = 0.5;
/** Pictures that are near by their embeddings are copies where their hashes differ in no more bits; by chance 1 of 10,000 pairs does. */
const MAX_BITS = 10;

/** Squared distances of photos by their embeddings; `undefined` where one has none. */
export function distancesOf(...tables: readonly EmbeddingTable[]) {
  const rows = new Map(
    tables.flatMap((table, t) => table.paths.map((path, row) => [`${t} ${path}`, { table, row }] as const)),
  );
  return (a: string, b: string, tableOfB = 0): number | undefined => {
    const [one, other] = [rows.get(`0 ${a}`), rows.get(`${tableOfB} ${b}`)];
    if (one === undefined || other === undefined) return undefined;
    const { size } = one.table;
    let [dot, x, y] = [0, 0, 0];
    for (let i = 0; i < size; i++) {
      const [u, v] = [one.table.data[one.row * size + i], other.table.data[other.row * size + i]];
      dot += u * v;
      x += u * u;
      y += v * v;
    }
    return Math.max(0, 2 - (2 * dot) / Math.sqrt(x * y));
  };
}

type Distances = ReturnType<typeof distancesOf>;

/** Copies within a set by their perceptual hashes, without those whose faces differ. */
export function copiesWithin(
  hashes: readonly PhotoHash[],
  distances: Distances,
  maxBits: number,
): Duplicate[] {
  const rows = findDuplicates(hashes, maxBits).filter(
    ({ path, of, keep }) => keep || !((distances(path, of) ?? 0) > MAX_DISTANCE),
  );
  const kept = new Set(rows.flatMap(({ group, keep }) => (keep ? [] : [group])));
  return rows.filter(({ group }) => kept.has(group));
}

/**
 * Copies of test photos: by file, by perceptual hash where the faces do not differ, and by embedding where the hashes do
 * not differ much.
 */
export function copiesOfTest(
  training: readonly PhotoHash[],
  test: readonly PhotoHash[],
  near: readonly NearCopy[],
  distances: Distances,
  maxBits: number,
): TestCopy[] {
  const found = new Map<string, TestCopy>();
  const areAlike = (one: string, other: string) => !((distances(one, other, 1) ?? 0) > MAX_DISTANCE);
  for (const pair of copiesBetween(training, test, maxBits, areAlike)) {
    const distance = distances(pair.training, pair.test, 1);
    found.set(pair.training, { ...pair, ...(distance !== undefined && { distance }) });
  }
  const [ours, theirs] = [training, test].map((side) => new Map(side.map((photo) => [photo.path, photo])));
  for (const { training: path, test: other, distance } of near) {
    const [a, b] = [ours.get(path), theirs.get(other)];
    if (a === undefined || b === undefined || found.has(path)) continue;
    const bits = hashDistance(a.hash, b.hash);
    if (bits <= MAX_BITS) {
      found.set(path, { training: path, test: other, bits, exact: a.sha256 === b.sha256, distance });
    }
  }
  return [...found.values()];
}
