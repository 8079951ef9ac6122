import { cosineBlocks } from "../distances/cosine-blocks.ts";
import { countEmbeddings, type Embeddings } from "../distances/embeddings.ts";
import { identityCodes, requireIdentities } from "../distances/identity-codes.ts";
import { type UnitRows, unitRows } from "../distances/unit-rows.ts";
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
  const { ranks } = lookUp(embeddings, identities, sets);
  const cmc = new Float64Array(sets.gallery.length);
  for (const rank of ranks) cmc[rank - 1]++;
  for (let k = 1; k < cmc.length; k++) cmc[k] += cmc[k - 1];
  return {
    gallery: sets.gallery.length,
    probes: ranks.length,
    cmc: cmc.map((count) => count / ranks.length),
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
  const accepts = allowedAccepts(far, impostors.length);
  if (accepts < 1) return { rate: null, threshold: null };
  const { ranks, mates } = lookUp(embeddings, identities, sets);
  const nearest = new Float64Array(impostors.length).fill(-1);
  cosineBlocks(
    unitRows(embeddings, impostors),
    unitRows(embeddings, sets.gallery),
    ({ row0, rows, columns, cosines, stride }) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          nearest[row0 + i] = Math.max(nearest[row0 + i], cosines[i * stride + j]);
        }
      }
    },
  );
  const limit = nearest.sort()[impostors.length - 1 - accepts] ?? -1;
  const found = ranks.reduce((count, rank, p) => count + Number(rank === 1 && mates[p] > limit), 0);
  return { rate: found / ranks.length, threshold: 2 - 2 * limit };
}

/** Of each probe the cosine with its own person in the gallery, and the rank of that among all. */
function lookUp(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  { gallery, probes }: ProbeSets,
): { ranks: Uint32Array; mates: Float32Array } {
  const columnOf = new Map(gallery.map((row, column) => [identities[row], column]));
  if (columnOf.size < gallery.length) {
    const got = `${gallery.length} of ${columnOf.size}`;
    throw new RangeError(`Cannot identify: expected one gallery photo an identity, got ${got}`);
  }
  const [galleryUnits, probeUnits] = [unitRows(embeddings, gallery), unitRows(embeddings, probes)];
  const own = Int32Array.from(probes, (row) => {
    const column = columnOf.get(identities[row]);
    if (column !== undefined) return column;
    throw new RangeError(`Cannot identify row ${row}: expected its identity in the gallery, got none`);
  });
  const mates = Float32Array.from(probes, (_, p) => dot(probeUnits, p, galleryUnits, own[p]));
  const ranks = new Uint32Array(probes.length).fill(1);
  cosineBlocks(probeUnits, galleryUnits, ({ row0, rows, column0, columns, cosines, stride }) => {
    for (let i = 0; i < rows; i++) {
      const p = row0 + i;
      for (let j = 0; j < columns; j++) {
        if (cosines[i * stride + j] >= mates[p] && column0 + j !== own[p]) ranks[p]++;
      }
    }
  });
  return { ranks, mates };
}

/** In the order in which `cosineBlocks` adds, so that the result is the same to the last bit. */
function dot(a: UnitRows, i: number, b: UnitRows, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.size; d++) sum += a.data[i * a.size + d] * b.data[j * b.size + d];
  return sum;
}
