import type { Cores } from "./find-cores.ts";
import { directions, type Units } from "./likeness.ts";
import { eachProduct, type RowProducts } from "./row-products.ts";

/** A photo that looks unlike the rest of its identity. */
export interface WrongLabel {
  readonly row: number;
  /** Likeness to the rest of its identity, about 0 for a stranger. NaN where there is no rest. */
  readonly own: number;
  /** Place of the identity that it looks like, where there is one, and its likeness to that. */
  readonly other?: number;
  readonly otherLikeness?: number;
}

/** Share of the photos that are less like their own identity than a photo must be to belong to another one. */
const STRANGE = 0.05;
/** How much liker another identity must be for a photo that is somewhat like its own. */
const MARGIN = 0.2;

/** Likeness, as that of two people, from which a photo that is alone under its name belongs to another identity of many photos. */
const ALONE = 0.93;

/**
 * Finds photos that are less like their identity than most photos of others are, or much liker another identity.
 *
 * @param sameAs Places of identities that show the same person: neither is another to the other.
 * @param typical Mean cosine of two photos of one identity.
 * @returns In the order of the rows.
 */
export async function findWrongLabels(
  embeddings: Units,
  { people, personOf, own, limit }: Cores,
  sameAs: ReadonlyMap<number, ReadonlySet<number>>,
  typical: number,
  products: RowProducts,
): Promise<WrongLabel[]> {
  const { units, size } = embeddings;
  const known = [...people.keys()].filter((p) => people[p].core.length > 1);
  const candidates = {
    data: directions(
      known.map((p) => people[p]),
      size,
    ),
    size,
  };
  const best = new Float32Array(own.length).fill(Number.NEGATIVE_INFINITY);
  const others = new Int32Array(own.length).fill(-1);
  await eachProduct({ data: units, size }, candidates, products, (row, column0, values) => {
    const person = personOf[row];
    for (let i = 0; i < values.length; i++) {
      if (values[i] <= best[row]) continue;
      const p = known[column0 + i];
      if (p === person || sameAs.get(person)?.has(p)) continue;
      best[row] = values[i];
      others[row] = p;
    }
  });
  const usual = own.filter((value) => value >= limit).sort();
  const home =
    usual.length === 0 ? Number.POSITIVE_INFINITY : usual[Math.floor(STRANGE * (usual.length - 1))];
  return Array.from(own).flatMap((value, row) => {
    const isAlone = Number.isNaN(value);
    const hasHome = best[row] >= (isAlone ? ALONE * Math.sqrt(typical) : Math.max(home, value + MARGIN));
    if (!(value < limit || hasHome)) return [];
    return { row, own: value, ...(hasHome && { other: others[row], otherLikeness: best[row] }) };
  });
}
