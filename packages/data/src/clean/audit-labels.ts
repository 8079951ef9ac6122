import { type EmbeddingTable, rowsByIdentity, unitEmbeddings } from "./embedding-table.ts";
import { type Cores, findCores } from "./find-cores.ts";
import { findTwoNames, type TwoNames } from "./find-two-names.ts";
import { findTwoPeople, type TwoPeople } from "./find-two-people.ts";
import { findWrongLabels } from "./find-wrong-labels.ts";
import { describePerson, likeness, type Person, typicalCosine } from "./likeness.ts";
import { plainProducts, type RowProducts } from "./row-products.ts";

export interface AuditLabelsOptions {
  /** Likeness from which two identities of many photos are one person (default 0.78). */
  readonly minLikeness?: number;
  /** Likeness below which two groups of an identity's photos are two people (default 0.3). */
  readonly maxLikeness?: number;
  /** Default: in plain JavaScript. */
  readonly products?: RowProducts;
  /** Told after each of the steps how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A photo that seems to stand under a wrong name. */
export interface MislabelledPhoto {
  readonly path: string;
  readonly identity: string;
  /** Likeness to the rest of its identity: its cosine with who that is, about 0 for a stranger. NaN for one photo alone. */
  readonly likeness: number;
  /** The identity that it looks like, where there is one in the table, and its likeness to that. */
  readonly other?: string;
  readonly otherLikeness?: number;
}

/** An identity that seems to show two people. */
export interface MixedIdentity {
  readonly identity: string;
  /** Photos of the one who has more of them, and of the other. */
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly likeness: number;
}

/** Two identities that seem to be one person. */
export interface SplitPerson {
  /** The one with more photos. */
  readonly identity: string;
  readonly photos: number;
  readonly other: string;
  readonly otherPhotos: number;
  readonly likeness: number;
}

export interface LabelAudit {
  readonly wrongLabels: readonly MislabelledPhoto[];
  readonly twoPeople: readonly MixedIdentity[];
  /** The likest first. */
  readonly twoNames: readonly SplitPerson[];
  /** Identities of which no photo is like another. */
  readonly incoherent: readonly string[];
  /** The likeness to its identity below which a photo's label counts as wrong: 99 of 100 photos are below it with others' identities. */
  readonly limit: number;
  /** Likeness of each photo to the rest of its identity, in the table's order; NaN where there is none. */
  readonly likeness: Float64Array;
}

const STEPS = 4;

/**
 * Holds the labels of a data set against the photos' embeddings: photos under a wrong name, people under two names, names of two people.
 * All limits are of a likeness that is measured in units of the table itself, so that they hold for embeddings of any model.
 *
 * @throws {RangeError} When the table is empty or not one of embeddings.
 */
export async function auditLabels(
  table: EmbeddingTable,
  { minLikeness = 0.78, maxLikeness, products = plainProducts, onProgress }: AuditLabelsOptions = {},
): Promise<LabelAudit> {
  if (table.paths.length === 0) throw new RangeError("Cannot audit labels: expected photos, got none");
  const embeddings = { units: unitEmbeddings(table), size: table.size };
  const groups = rowsByIdentity(table.paths);
  const typical = typicalCosine(embeddings, groups.values());
  const cores = findCores(embeddings, groups, typical);
  const { people, own, limit } = cores;
  onProgress?.(1, STEPS);
  const split = await findTwoNames(people, table.size, minLikeness, products);
  onProgress?.(2, STEPS);
  const wrong = await findWrongLabels(embeddings, cores, partners(split), typical, products);
  onProgress?.(3, STEPS);
  const mixed = mixedPeople(cores, (person) =>
    findTwoPeople(embeddings, person, typical, maxLikeness === undefined ? {} : { maxLikeness }),
  );
  onProgress?.(4, STEPS);
  const pathsOf = (rows: readonly number[]) => rows.map((row) => table.paths[row]);
  const groupOf = new Map(
    mixed.flatMap(({ first, second }) =>
      [first, second].flatMap((rows) => {
        const group = describePerson(embeddings, { identity: "", rows, core: rows }, typical);
        return rows.map((row) => [row, group] as const);
      }),
    ),
  );
  const mislabelled = wrong.filter(({ row }) => {
    const group = groupOf.get(row);
    return group === undefined || (likeness(embeddings, row, group, true) ?? Number.NaN) < limit;
  });
  const incoherent = incoherentPeople(
    people,
    new Set(mislabelled.flatMap(({ row, other }) => (other === undefined ? [] : row))),
  );
  const isIncoherent = new Set(incoherent.flatMap(({ rows }) => rows));
  const found = mislabelled.filter(({ row, other }) => other !== undefined || !isIncoherent.has(row));
  const isWrong = new Set(found.map(({ row }) => row));
  const others = (rows: readonly number[]) => rows.filter((row) => !isWrong.has(row));
  return {
    wrongLabels: found.map(({ row, own, other, otherLikeness }) => ({
      path: table.paths[row],
      identity: people[cores.personOf[row]].identity,
      likeness: own,
      ...(other !== undefined && { other: people[other].identity, otherLikeness }),
    })),
    twoPeople: mixed.map(({ identity, first, second, likeness }) => {
      return { identity, first: pathsOf(others(first)), second: pathsOf(others(second)), likeness };
    }),
    twoNames: split.map(({ first, second, likeness }) => ({
      identity: people[first].identity,
      photos: people[first].rows.length,
      other: people[second].identity,
      otherPhotos: people[second].rows.length,
      likeness,
    })),
    incoherent: incoherent.map(({ identity }) => identity),
    limit,
    likeness: own,
  };
}

/** People of whom two photos or more are left, none of them like the others. */
function incoherentPeople(people: readonly Person[], elsewhere: ReadonlySet<number>): Person[] {
  return people.filter(
    ({ rows, core }) => core.length === 0 && rows.filter((row) => !elsewhere.has(row)).length > 1,
  );
}

function partners(split: readonly TwoNames[]): Map<number, Set<number>> {
  const sameAs = new Map<number, Set<number>>();
  for (const { first, second } of split) {
    for (const [a, b] of [
      [first, second],
      [second, first],
    ]) {
      const own = sameAs.get(a) ?? new Set();
      sameAs.set(a, own.add(b));
    }
  }
  return sameAs;
}

/** Likeness below which a photo of an identity of two people lies, whichever of them it shows. */
const BETWEEN = 0.65;

/** Looks for two people where so many photos are not quite like the rest that it could be. */
function mixedPeople(
  { people, own }: Cores,
  find: (person: Cores["people"][number]) => TwoPeople | undefined,
): TwoPeople[] {
  return people.flatMap((person) => {
    const strange = person.rows.filter((row) => own[row] < BETWEEN).length;
    return strange < 3 ? [] : (find(person) ?? []);
  });
}
