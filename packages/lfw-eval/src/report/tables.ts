import { type ColumnTable, from } from "arquero";
import type { Bootstrap } from "../protocol/bootstrap.ts";
import type { Evaluation } from "../protocol/evaluate.ts";
import type { Identification } from "../protocol/identify.ts";
import type { Subgroup } from "../protocol/subgroups.ts";

/** One row a fold: its number from 1, the accuracy on it, the threshold from the others. */
export function foldTable({ folds }: Pick<Evaluation, "folds">): ColumnTable {
  return from(folds.map(({ accuracy, threshold }, k) => ({ fold: k + 1, threshold, accuracy })));
}

/** One row a FAR: TAR over all pairs and VAL over folds, with intervals where `bootstrap` gives them. */
export function farTable(
  { tarAtFar, valAtFar }: Pick<Evaluation, "tarAtFar" | "valAtFar">,
  intervals?: Bootstrap,
): ColumnTable {
  return from(
    tarAtFar.map(({ far, tar, threshold }, i) => {
      const { val } = valAtFar[i];
      return {
        FAR: far,
        threshold,
        TAR: tar,
        "TAR low": intervals?.tarAtFar[i].tar?.[0] ?? null,
        "TAR high": intervals?.tarAtFar[i].tar?.[1] ?? null,
        VAL: val?.mean ?? null,
        "VAL std": val?.std ?? null,
        "VAL's FAR": val?.far ?? null,
      };
    }),
  );
}

/**
 * One row a group: accuracy, false match and false non-match rates with the pairs and the interval behind them, and TAR at
 * each FAR that was measured.
 */
export function subgroupTable(groups: readonly Subgroup[]): ColumnTable {
  return from(
    groups.map(({ group, accuracy, tarAtFar, fmr, fnmr }) => ({
      group,
      accuracy: accuracy.rate,
      "accuracy low": accuracy.ci95[0],
      "accuracy high": accuracy.ci95[1],
      "different pairs": fmr.pairs,
      FMR: fmr.rate,
      "FMR low": fmr.ci95[0],
      "FMR high": fmr.ci95[1],
      "same pairs": fnmr.pairs,
      FNMR: fnmr.rate,
      "FNMR low": fnmr.ci95[0],
      "FNMR high": fnmr.ci95[1],
      "errors enough": fmr.meaningful && fnmr.meaningful,
      ...Object.fromEntries(
        tarAtFar.flatMap(({ far, rate, ci95: [low, high] }) => [
          [`TAR at ${far}`, rate],
          [`TAR at ${far} low`, low],
          [`TAR at ${far} high`, high],
        ]),
      ),
    })),
  );
}

/** One row a rank from 1 on: the share of probes that are identified within it. */
export function cmcTable({ cmc }: Identification, ranks = 20): ColumnTable {
  return from(Array.from(cmc.slice(0, ranks), (rate, k) => ({ rank: k + 1, rate })));
}
