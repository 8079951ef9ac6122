import { checkDistances } from "../distances/check-distances.ts";
import { countLess } from "../distances/sorted-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { seededIntegers } from "../pairs/random.ts";
import { canResample, resamplePairs } from "./resample-pairs.ts";
import { FARS } from "./tar-at-far.ts";
import { weightedCurve } from "./weighted-curve.ts";

/** Bounds of an interval. */
export type Interval = readonly [low: number, high: number];

export interface BootstrapOptions {
  /** Number of resamples (default 1,000). */
  readonly replicates?: number;
  readonly seed?: number;
  /** Coverage of the intervals (default 0.95). */
  readonly level?: number;
}

export interface Bootstrap {
  readonly replicates: number;
  readonly level: number;
  /** What was resampled: people, where the table knows them, or pairs as if they were independent. */
  readonly resampled: "identities" | "pairs";
  /** Null, as all other intervals, where people are too few; see `canResample`. */
  readonly auc: Interval | null;
  readonly eer: Interval | null;
  /** TAR at FARs, and the threshold that keeps to it; null where the pairs are too few to show the FAR. */
  readonly tarAtFar: readonly {
    readonly far: number;
    readonly tar: Interval | null;
    readonly threshold: Interval | null;
    /** FAR that the threshold chosen on these pairs has for other people of the same kind. */
    readonly realised: Interval | null;
  }[];
  /** Pointwise band of the ROC, from the smallest FAR that the pairs can show to 1. */
  readonly band: {
    readonly far: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
}

const BAND_POINTS = 60;

/**
 * Intervals of an evaluation by resampling (percentile bootstrap). Where the table has identities, people are drawn
 * with replacement and a pair counts as often as both of its people were drawn together: once for each draw of its
 * person, or for each two draws of its two. Pairs that share a person thus come and go together, which resampling
 * pairs would miss, and its intervals are too narrow for it (Bolle et al., CVIU 93, 2004; for product weights Owen,
 * Annals of Applied Statistics 1, 2007, who shows them to be on the cautious side).
 *
 * The interval of the FAR that a chosen threshold will have treats the choice in the same way: what people are to their
 * resample, everybody is to them (the plug-in principle; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, § 4).
 * The threshold is chosen on each resample, and its FAR on all pairs is how far a choice goes astray. The FAR of the
 * resamples at the one threshold, which is easier to have, is skewed to the wrong side: few people have look-alikes,
 * and where chance left these out, that FAR is 0, but the threshold that would be chosen is too high. How often the
 * realised FAR is inside, of 100 draws of 200 photos: `bench/calibrate.ts`.
 *
 * @param table Pairs of both classes.
 * @throws {RangeError} When the table is not fit for `evaluate`, or an option is out of range.
 */
export function bootstrap(
  table: DistanceTable,
  { replicates = 1000, seed = 1, level = 0.95 }: BootstrapOptions = {},
): Bootstrap {
  const { distances, issame } = table;
  checkDistances(distances, issame);
  checkOptions(replicates, level);
  const resampled = table.identities === undefined ? "pairs" : "identities";
  if (!canResample(table)) {
    const tarAtFar = FARS.map((far) => ({ far, tar: null, threshold: null, realised: null }));
    const band = { far: [], low: [], high: [] };
    return { replicates, level, resampled, auc: null, eer: null, tarAtFar, band };
  }
  const different = issame.reduce((count, same) => count + Number(!same), 0);
  const smallest = Math.log10(1 / different);
  const bandFars = Array.from(
    { length: BAND_POINTS },
    (_, i) => 10 ** (smallest * (1 - i / (BAND_POINTS - 1))),
  );
  const fars = [...FARS, ...bandFars];
  const order = Uint32Array.from(issame, (_, p) => p).sort((p, q) => distances[p] - distances[q]);
  const draw = seededIntegers(seed);
  const resample = resamplePairs(table, draw);
  const [aucs, eers] = [new Float64Array(replicates), new Float64Array(replicates)];
  const [tars, thresholds] = [fars, fars].map((list) => list.map(() => new Float64Array(replicates)));
  const ascending = fars.map((_, i) => i).sort((i, j) => fars[i] - fars[j]);
  for (let r = 0; r < replicates; r++) {
    const curve = weightedCurve(distances, issame, order, resample());
    aucs[r] = curve.auc;
    eers[r] = curve.eer;
    let at = 0;
    for (const i of ascending) {
      while (at + 1 < curve.count && curve.far[at + 1] <= fars[i] * (1 + 1e-9)) at++;
      tars[i][r] = curve.tar[at];
      thresholds[i][r] = curve.threshold[at];
    }
  }
  const others = distances.filter((_, p) => !issame[p]).sort();
  const realised = (values: Float64Array) => values.map((value) => countLess(others, value) / different);
  const of = (values: Float64Array) => interval(values, level);
  const band = tars.slice(FARS.length).map(of);
  return {
    replicates,
    level,
    resampled,
    auc: of(aucs),
    eer: of(eers),
    tarAtFar: FARS.map((far, i) => {
      const shown = far * (1 + 1e-9) * different >= 1;
      if (!shown) return { far, tar: null, threshold: null, realised: null };
      return { far, tar: of(tars[i]), threshold: of(thresholds[i]), realised: of(realised(thresholds[i])) };
    }),
    band: { far: bandFars, low: band.map(([low]) => low), high: band.map(([, high]) => high) },
  };
}

/** @throws {RangeError} When an option is out of range. */
export function checkOptions(replicates: number, level: number): void {
  if (Number.isInteger(replicates) && replicates >= 20 && level > 0 && level < 1) return;
  throw new RangeError(
    `Cannot resample pairs: expected 20 replicates or more and a level between 0 and 1, got ${replicates} and ${level}`,
  );
}

/** The middle part of the values, by linear interpolation between them. Sorts them. */
export function interval(values: Float64Array, level: number): Interval {
  values.sort();
  const at = (share: number) => {
    const place = share * (values.length - 1);
    const below = Math.floor(place);
    const above = Math.min(values.length - 1, below + 1);
    // Two infinite values have no difference to interpolate.
    if (values[below] === values[above]) return values[below];
    return values[below] + (place - below) * (values[above] - values[below]);
  };
  return [at((1 - level) / 2), at((1 + level) / 2)];
}
