import { allPairDistances } from "../distances/all-pairs.ts";
import { countEmbeddings, type Embeddings } from "../distances/embeddings.ts";
import { identityCodes, requireIdentities } from "../distances/identity-codes.ts";
import { seededIntegers, shuffled } from "../pairs/random.ts";
import { openSetRate, type ProbeSets } from "./identify.ts";
import { meanAndStd } from "./summary.ts";
import { sortedTarAtFar } from "./tar-at-far.ts";

/** One trial: rows that are compared with each other, and among them gallery, probes and impostors. */
export interface BlufrTrial extends Required<ProbeSets> {
  readonly rows: readonly number[];
}

export interface TrialOptions {
  /** Number of trials (default 10). */
  readonly trials?: number;
  readonly seed?: number;
  /** Share of identities in a trial (default 0.74, BLUFR's 4,249 of 5,749; the others are its training set). */
  readonly testShare?: number;
  /** People in the gallery at most (default 1,000, as BLUFR has); never more than half of those with two photos. */
  readonly gallerySize?: number;
}

/**
 * Draws trials the way BLUFR's were made (Liao et al., IJCB 2014): random people, of whom some with two photos or
 * more go into the gallery with one photo each and are looked up by their others; everyone else is an impostor.
 * They are not the benchmark's own trials, whose lists can be passed to `blufr` instead.
 *
 * @throws {RangeError} When a trial has nobody for the gallery, or no impostors.
 */
export function drawTrials(
  identities: readonly (string | number)[],
  { trials = 10, seed = 1, testShare = 0.74, gallerySize = 1000 }: TrialOptions = {},
): BlufrTrial[] {
  const { members } = identityCodes(identities);
  const draw = seededIntegers(seed);
  return Array.from({ length: trials }, () => {
    const people = shuffled(members, draw).slice(0, Math.ceil(testShare * members.length));
    const several = people.filter((own) => own.length > 1);
    const known = new Set(several.slice(0, Math.min(gallerySize, Math.ceil(several.length / 2))));
    if (known.size === 0 || known.size === people.length) {
      throw new RangeError(
        "Cannot draw trials: expected people with two photos or more and others besides, got " +
          `${several.length} of ${people.length}`,
      );
    }
    return {
      rows: people.flat(),
      gallery: [...known].map((own) => own[0]),
      probes: [...known].flatMap((own) => own.slice(1)),
      impostors: people.filter((own) => !known.has(own)).flat(),
    };
  });
}

/** A rate over trials. */
export interface TrialRate {
  readonly far: number;
  readonly mean: number;
  /** Population standard deviation over trials. */
  readonly std: number;
  /** `mean − std`, by which BLUFR ranks. */
  readonly lower: number;
}

export interface BlufrResult {
  readonly trials: number;
  /** Mean number of pairs in a trial. */
  readonly pairs: { readonly same: number; readonly different: number };
  /** Verification rates; null where a trial has too few different pairs for the FAR. */
  readonly verification: readonly (TrialRate | { readonly far: number; readonly mean: null })[];
  /** Detection and identification rate at rank 1; null likewise. */
  readonly openSet: TrialRate | { readonly far: number; readonly mean: null };
}

/**
 * Benchmark in the style of BLUFR: verification rates at small FARs over all pairs of a trial's photos, and
 * open-set identification at rank 1.
 *
 * @param options.fars Of the verification (default 0.1 % and 0.01 %).
 * @param options.openSetFar Of the identification (default 1 %).
 * @throws {RangeError} As `allPairDistances` and `identify` do.
 */
export function blufr(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  trials: readonly BlufrTrial[] = drawTrials(identities),
  options: { fars?: readonly number[]; openSetFar?: number } = {},
): BlufrResult {
  const { fars = [1e-3, 1e-4], openSetFar = 0.01 } = options;
  requireIdentities(identities, countEmbeddings(embeddings));
  const outcomes = trials.map((trial) => {
    const sorted = allPairDistances(embeddings, identities, trial.rows);
    return {
      same: sorted.same.length,
      different: sorted.different.length,
      tars: sortedTarAtFar(sorted, fars).map(({ tar }) => tar),
      openSet: openSetRate(embeddings, identities, trial, openSetFar).rate,
    };
  });
  const mean = (values: readonly number[]) => meanAndStd(values).mean;
  return {
    trials: trials.length,
    pairs: {
      same: mean(outcomes.map(({ same }) => same)),
      different: mean(outcomes.map(({ different }) => different)),
    },
    verification: fars.map((far, i) =>
      rateOver(
        far,
        outcomes.map(({ tars }) => tars[i]),
      ),
    ),
    openSet: rateOver(
      openSetFar,
      outcomes.map(({ openSet }) => openSet),
    ),
  };
}

function rateOver(far: number, rates: readonly (number | null)[]) {
  const known = rates.filter((rate) => rate !== null);
  if (known.length < rates.length) return { far, mean: null };
  const { mean, std } = meanAndStd(known);
  return { far, mean, std, lower: mean - std };
}
