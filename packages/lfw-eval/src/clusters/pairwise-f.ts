import { identityCodes, requireIdentities } from "../distances/identity-codes.ts";

/** How well clusters agree with identities, over all pairs of embeddings. */
export interface PairwiseF {
  /** Share of pairs in one cluster that are one person's; 1 where no cluster has two. */
  readonly precision: number;
  /** Share of one person's pairs that are in one cluster; 1 where nobody has two. */
  readonly recall: number;
  /** Their harmonic mean, 2·p·r / (p + r); 0 where both are 0. */
  readonly f: number;
}

/**
 * Pairwise precision, recall and F (as for instance Otto et al., TPAMI 2018, section 5).
 *
 * @param clusters The number of each embedding's cluster.
 * @throws {RangeError} When the two differ in number.
 */
export function pairwiseF(clusters: ArrayLike<number>, identities: readonly (string | number)[]): PairwiseF {
  requireIdentities(identities, clusters.length);
  const pairsIn = (labels: readonly (string | number)[]) =>
    identityCodes(labels).members.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  const labels = Array.from(clusters);
  const { codes } = identityCodes(identities);
  const both = pairsIn(labels.map((label, row) => `${label} ${codes[row]}`));
  const [together, same] = [pairsIn(labels), pairsIn(identities)];
  const precision = together === 0 ? 1 : both / together;
  const recall = same === 0 ? 1 : both / same;
  const sum = precision + recall;
  return { precision, recall, f: sum === 0 ? 0 : (2 * precision * recall) / sum };
}
