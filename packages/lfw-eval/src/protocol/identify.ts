import { countEmbeddings, type Embeddings } from "../distances/embeddings.ts";
import { identityCodes, requireIdentities } from "../distances/identity-codes.ts";
import { unitRows } from "../distances/unit-rows.ts";
import { cumulativeMatches, type LookUp, lookUp, tpirAtFpir } from "./look-up.ts";
import { allowedAccepts, checkFar } from "./tar-at-far.ts";

/** Rows of embeddings: one of each known person, and those that are looked up among them. */
export interface ProbeSets {
  /** One row an identity. */
  readonly gallery: readonly number[];
  /** Rows of people in the gallery. */
  readonly probes: readonly number[];
  /** Rows of people who are not in it. */
  readonly impostors?: readonly number[];
}

/** Closed-set identification. */
export interface Identification {
  readonly gallery: number;
  readonly probes: number;
  /** Cumulative match characteristic: at k − 1 the share of probes whose own person is among the k nearest. */
  readonly cmc: Float64Array;
}

/**
 * The first photo of every identity as gallery and all others as probes; an identity with one photo is in the
 * gallery only, where it can be mistaken for others.
 *
 * @throws {RangeError} When no identity has a second photo, or there is only one identity.
 */
export function firstAsGallery(identities: readonly (string | number)[]): ProbeSets {
  const { members } = identityCodes(identities);
  const probes = members.flatMap((own) => own.slice(1));
  if (probes.length === 0 || members.length < 2) {
    throw new RangeError(
      "Cannot identify: expected two identities or more, one of them with two photos, got " +
        `${members.length} with ${identities.length} photos`,
    );
  }
  return { gallery: members.map((own) => own[0]), probes };
}

/**
 * Looks every probe up in a gallery: rank-k rates and the cumulative match characteristic. A gallery photo just
 * as near as that of the probe's own person counts as nearer.
 *
 * @param sets Rows of gallery and probes (default `firstAsGallery`).
 * @throws {RangeError} When the gallery shows an identity twice or lacks that of a probe, or an embedding is not
 *   finite or all zero.
 */
export function identify(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  sets: ProbeSets = firstAsGallery(identities),
): Identification {
  requireIdentities(identities, countEmbeddings(embeddings));
  const found = lookUpRows(embeddings, identities, sets);
  return {
    gallery: sets.gallery.length,
    probes: sets.probes.length,
    cmc: cumulativeMatches(found, sets.gallery.length),
  };
}

/**
 * Open-set identification: the share of probes whose own person is nearest in the gallery and within a threshold
 * (detection and identification rate at rank 1), where at most `far` of the impostors find anybody within it.
 *
 * @returns null where one impostor is already more than `far` of them.
 * @throws {RangeError} As `identify` does, and when `far` is out of range.
 */
export function openSetRate(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  { impostors = [], ...sets }: ProbeSets,
  far = 0.01,
): { readonly rate: number | null; readonly threshold: number | null } {
  checkFar(far);
  if (allowedAccepts(far, impostors.length) < 1) return { rate: null, threshold: null };
  const [{ tpir, threshold }] = tpirAtFpir(lookUpRows(embeddings, identities, sets, impostors), [far]);
  return { rate: tpir, threshold };
}

/** Looks up probes, whose people must be in the gallery once, and impostors behind them. */
function lookUpRows(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  { gallery, probes }: ProbeSets,
  impostors: readonly number[] = [],
): LookUp {
  const codeOf = new Map(gallery.map((row, code) => [identities[row], code]));
  if (codeOf.size < gallery.length) {
    const got = `${gallery.length} of ${codeOf.size}`;
    throw new RangeError(`Cannot identify: expected one gallery photo an identity, got ${got}`);
  }
  const own = probes.map((row) => {
    const code = codeOf.get(identities[row]);
    if (code !== undefined) return code;
    throw new RangeError(`Cannot identify row ${row}: expected its identity in the gallery, got none`);
  });
  const galleryCodes = Int32Array.from(gallery, (_, code) => code);
  return lookUp(
    { units: unitRows(embeddings, gallery), people: galleryCodes },
    {
      units: unitRows(embeddings, [...probes, ...impostors]),
      people: Int32Array.from([...own, ...impostors.map(() => -1)]),
    },
  );
}
