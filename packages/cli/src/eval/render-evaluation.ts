import type { GroupEvaluations, HitRate, Subgroup } from "@amface/lfw-eval";
import { shownRates } from "../model/card-lines.ts";
import type { PairsResult } from "./eval-options.ts";

const range = ([low, high]: readonly [number, number]) => `${low.toFixed(4)} to ${high.toFixed(4)}`;

/** What a person reads of an evaluation. */
export function renderEvaluation(result: PairsResult): string {
  const { pairs, skippedPairs, folds, accuracy, val, auc, eer, minDcf, nistDcf, tarAtFar, bootstrap } =
    result;
  const { viewOne, comparison, subgroups = {}, groups, report, card, byCard } = result;
  const lines = [
    `pairs      ${pairs} in ${folds.length} folds${skippedPairs > 0 ? `, ${skippedPairs} skipped` : ""}`,
    `accuracy   ${accuracy.mean.toFixed(4)} ± ${accuracy.std.toFixed(4)} (standard error ${accuracy.standardError.toFixed(4)}, ` +
      `95 % interval ${range(accuracy.ci95)})`,
    `VAL        ${val.mean.toFixed(4)} ± ${val.std.toFixed(4)} at FAR ${val.far.toPrecision(3)}`,
    `AUC        ${auc.toFixed(4)}${bootstrap?.auc ? ` (${range(bootstrap.auc)})` : ""}`,
    `EER        ${eer.toFixed(4)}${bootstrap?.eer ? ` (${range(bootstrap.eer)})` : ""}`,
    `minDCF     ${minDcf.value.toFixed(4)} at a prior of ${minDcf.targetPrior}; ${nistDcf.map(({ name, value }) => `${name} ${value.toFixed(4)}`).join(", ")}`,
    ...tarAtFar.flatMap(({ far, tar }, i) => {
      if (tar === null) return [];
      const interval = bootstrap?.tarAtFar[i].tar;
      return [`TAR        ${tar.toFixed(4)}${interval ? ` (${range(interval)})` : ""} at FAR ${far}`];
    }),
  ];
  if (viewOne !== undefined) {
    lines.push(
      `view 1     ${viewOne.accuracy.toFixed(4)} (${range(viewOne.ci95)}) at the training pairs' threshold ${viewOne.threshold.toFixed(2)}`,
    );
  }
  for (const { far, farInterval, threshold, measured } of byCard?.rates ?? []) {
    lines.push(
      `by card    FAR ${measured.far.toPrecision(2)}, TAR ${measured.tar.toFixed(4)} at its threshold ${threshold.toFixed(4)} for FAR ${far}` +
        (farInterval ? ` (other people's: ${shownRates(farInterval)})` : ""),
    );
  }
  if (comparison !== undefined) {
    const { accuracy, mcnemar, better } = comparison;
    lines.push(
      `against    ${accuracy.b.toFixed(4)}: a difference of ${accuracy.difference.toFixed(4)} (${range(accuracy.interval)}); ` +
        `McNemar ${mcnemar.onlyA} to ${mcnemar.onlyB}, p ${mcnemar.pValue.toPrecision(2)}: ` +
        { a: "this model is better", b: "the other model is better", null: "neither is shown to be better" }[
          `${better}`
        ],
    );
  }
  if (groups !== undefined) lines.push("", "each group alone", ...groupLines(groups));
  for (const [column, groups] of Object.entries(subgroups)) lines.push("", column, ...groups.map(groupLine));
  if (report !== undefined) lines.push(`report     ${report}`);
  if (card !== undefined) lines.push(`card       ${card}`);
  return lines.join("\n");
}

function groupLines({ groups, accuracy: over, skewedErrorRatio }: GroupEvaluations): string[] {
  return [
    ...groups.map(
      ({ group, pairs, accuracy }) =>
        `  ${group.padEnd(16)} accuracy ${accuracy.mean.toFixed(4)} ± ${accuracy.std.toFixed(4)} (${range(accuracy.ci95)}) of ${pairs}`,
    ),
    `  ${"over groups".padEnd(16)} accuracy ${over.mean.toFixed(4)} ± ${over.std.toFixed(4)}, skewed error ratio ${skewedErrorRatio?.toFixed(2) ?? "unknown: a group has no errors"}`,
  ];
}

/** The FAR at which TAR is told, or the next larger one that these pairs can show. */
const TOLD_FAR = 1e-3;

/** Two lines of a group. */
function groupLine({ group, accuracy, tarAtFar, fmr, fnmr }: Subgroup): string {
  const hit = ({ rate, ci95 }: HitRate) =>
    rate === null ? "no pairs" : `${rate.toFixed(4)} (${range(ci95)})`;
  const tar = tarAtFar.findLast(({ far }) => far >= TOLD_FAR);
  const rate = (name: string, { pairs, rate, ci95, meaningful }: Subgroup["fmr"]) =>
    rate === null
      ? `${name} no pairs`
      : `${name} ${rate.toFixed(4)} (${range(ci95)}) of ${pairs}${meaningful ? "" : ", too few errors to tell"}`;
  return [
    `  ${group.padEnd(16)} accuracy ${hit(accuracy)} of ${accuracy.pairs}${tar ? `; TAR ${hit(tar)} at FAR ${tar.far}` : ""}`,
    `  ${"".padEnd(16)} ${rate("FMR", fmr)}; ${rate("FNMR", fnmr)}`,
  ].join("\n");
}
