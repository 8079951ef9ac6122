import { directions, type Person } from "./likeness.ts";
import { eachProduct, type RowProducts } from "./row-products.ts";

/** Two identities that show one person. */
export interface TwoNames {
  /** Places of the two, that with more photos first. */
  readonly first: number;
  readonly second: number;
  /** About 1 for one person, about 0 for two. */
  readonly likeness: number;
}

/** How far above the limit the likeness of two photos must be; it falls with their number. */
const FEW = 0.3;

/**
 * What the likeness of two sides must be to be one person: of few photos more is asked, because chance makes single photos alike.
 *
 * @param minLikeness The limit for many photos.
 * @param a Photos of the one, `b` of the other.
 */
export function samePersonLimit(minLikeness: number, a: number, b: number): number {
  return minLikeness + (FEW * (1 / a + 1 / b)) / 2;
}

/**
 * Finds identities of two photos or more that look like one person. A single photo that looks like another identity is taken for a
 * wrong label.
 *
 * @param minLikeness What the likeness of two identities of many photos must exceed.
 * @returns The likest first.
 */
export async function findTwoNames(
  people: readonly Person[],
  size: number,
  minLikeness: number,
  products: RowProducts,
): Promise<TwoNames[]> {
  const data = { data: directions(people, size), size };
  const found: TwoNames[] = [];
  await eachProduct(data, data, products, (a, column0, values) => {
    for (let i = Math.max(0, a + 1 - column0); i < values.length; i++) {
      if (values[i] < minLikeness) continue;
      const b = column0 + i;
      const [few, many] = [people[a].core.length, people[b].core.length].sort((x, y) => x - y);
      if (values[i] < samePersonLimit(minLikeness, few, many) || few === 1) continue;
      const [first, second] = people[b].rows.length > people[a].rows.length ? [b, a] : [a, b];
      found.push({ first, second, likeness: values[i] });
    }
  });
  return found.sort((x, y) => y.likeness - x.likeness);
}
