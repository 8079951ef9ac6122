import { type EmbeddingTable, rowsByIdentity, unitEmbeddings } from "./embedding-table.ts";
import { findCores } from "./find-cores.ts";
import { samePersonLimit } from "./find-two-names.ts";
import { directions, type Person, typicalCosine, type Units } from "./likeness.ts";
import { eachProduct, plainProducts, type RowProducts } from "./row-products.ts";

/** A photo that looks like one of a test set, down to what changes from photo to photo of one person. */
export interface NearCopy {
  readonly training: string;
  readonly test: string;
  /** Squared Euclidean distance of the normalised embeddings, 0..4. */
  readonly distance: number;
}

/** An identity that looks like one of a test set. */
export interface SharedPerson {
  readonly training: string;
  readonly test: string;
  /** About 1 for one person, about 0 for two. */
  readonly likeness: number;
}

export interface AuditOverlapOptions {
  /** Likeness from which two identities of many photos are one person (default 0.78). */
  readonly minLikeness?: number;
  /** Squared distance up to which a photo is reported as near to a test photo (default 0.1). */
  readonly maxDistance?: number;
  /** Default: in plain JavaScript. */
  readonly products?: RowProducts;
}

/**
 * Finds by embeddings what a data set shares with a test set: each photo's nearest test photo where it is very near, such as a
 * copy that was saved or cropped anew, and identities that look like one of the test's. Two single photos are never one person: they
 * are a copy or tell too little. Photos of covered faces, such as behind sunglasses, may be very near though they show different people.
 *
 * @throws {RangeError} When the tables differ in the size of their embeddings, or one is empty or no table of embeddings.
 */
export async function auditOverlap(
  training: EmbeddingTable,
  test: EmbeddingTable,
  { minLikeness = 0.78, maxDistance = 0.1, products = plainProducts }: AuditOverlapOptions = {},
): Promise<{ readonly copies: readonly NearCopy[]; readonly people: readonly SharedPerson[] }> {
  const { size } = training;
  if (size !== test.size) {
    throw new RangeError(
      `Cannot compare faces: expected embeddings of one model, got ${size} values and ${test.size}`,
    );
  }
  const [ours, theirs] = [training, test].map((table): Units => ({ units: unitEmbeddings(table), size }));
  const least = 1 - maxDistance / 2;
  const nearest = new Map<number, { row: number; cosine: number }>();
  const photos = [ours, theirs].map(({ units }) => ({ data: units, size }));
  await eachProduct(photos[0], photos[1], products, (row, column0, values) => {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < least || values[i] <= (nearest.get(row)?.cosine ?? -1)) continue;
      nearest.set(row, { row: column0 + i, cosine: values[i] });
    }
  });
  const copies = [...nearest].map(([row, found]) => ({
    training: training.paths[row],
    test: test.paths[found.row],
    distance: Math.max(0, 2 - 2 * found.cosine),
  }));
  const typical = typicalCosine(ours, rowsByIdentity(training.paths).values());
  const [known, tested] = [peopleOf(training, ours, typical), peopleOf(test, theirs, typical)];
  const people: SharedPerson[] = [];
  const sides = [known, tested].map((side) => ({ data: directions(side, size), size }));
  await eachProduct(sides[0], sides[1], products, (a, column0, values) => {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < minLikeness) continue;
      const [one, other] = [known[a], tested[column0 + i]];
      const sizes = [one.core.length, other.core.length] as const;
      if (values[i] < samePersonLimit(minLikeness, ...sizes) || Math.max(...sizes) === 1) continue;
      people.push({ training: one.identity, test: other.identity, likeness: values[i] });
    }
  });
  return { copies, people: people.sort((x, y) => y.likeness - x.likeness) };
}

function peopleOf({ paths }: EmbeddingTable, embeddings: Units, typical: number): Person[] {
  return findCores(embeddings, rowsByIdentity(paths), typical).people.filter(({ core }) => core.length > 0);
}
