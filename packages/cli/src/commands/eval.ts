import { join } from "node:path";
import {
  bootstrap,
  compareModels,
  type DistanceTable,
  evaluate,
  evaluateGroups,
  evaluateViewOne,
  type PairList,
  peopleWarnings,
  readAttributes,
  readDistances,
  readLabelErrors,
  readPairList,
  runsOfEachClass,
  type ViewOne,
} from "@amface/lfw-eval";
import { defineCommand } from "../command/command.ts";
import type { Reporter } from "../command/reporter.ts";
import { measureByCard } from "../eval/by-card.ts";
import { checkUsage, FEWEST_REPLICATES } from "../eval/check-usage.ts";
import {
  DEFAULTS,
  type EvalContext,
  type EvalValues,
  type GivenValues,
  options,
  type PairsResult,
} from "../eval/eval-options.ts";
import { measure, measureList } from "../eval/measure.ts";
import type { Measured } from "../eval/measured.ts";
import {
  evaluateProtocol,
  type ProtocolResult,
  renderProtocol,
} from "../eval/protocols/evaluate-protocol.ts";
import { renderEvaluation } from "../eval/render-evaluation.ts";
import { reportData } from "../eval/report-data.ts";
import { chooseColumns, folderRates, subgroupsOf } from "../eval/subgroups-of.ts";
import { writeCard } from "../eval/write-card.ts";
import { writeReport } from "../eval/write-report.ts";
import { thresholdCardPath } from "../model/threshold-card-path.ts";
import { checkOutput } from "../options/check-output.ts";
import { inShares } from "../shares/in-shares.ts";
import { ALONE } from "../shares/shares.ts";

export const evalCommand = defineCommand({
  options,
  shared: true,
  examples: [
    "amface eval --model runs/a --lfw-dir lfw-112x96 --lfw-pairs pairs.txt --report runs/a/lfw --card",
    "amface eval --model runs/b --bin agedb_30.bin --json",
    "amface eval --model runs/a --lfw-dir lfw-112x96 --protocol blufr --lists blufr_lfw_config.mat",
    "amface eval --model runs/a --protocol ijb --lists IJBC/meta --lfw-dir IJBC/loose_crop --flip sum --report runs/a/ijbc",
    "amface eval --distances runs/a/lfw/distances.csv --against runs/b/lfw/distances.csv",
  ],
  run: (values, _, context) =>
    inShares({ name: "eval", values, beside: values.report }, context, (shares, context) => {
      const { threads = shares.threads } = values;
      return evaluateAny({ ...values, threads }, { ...context, shares });
    }),
  render: (result) => ("protocol" in result ? renderProtocol(result) : renderEvaluation(result)),
});

async function evaluateAny(given: GivenValues, context: EvalContext): Promise<PairsResult | ProtocolResult> {
  checkUsage(given);
  const { pooling, "threshold-search": search, bootstrap } = given;
  const values: EvalValues = {
    ...given,
    pooling: pooling ?? DEFAULTS.pooling,
    "threshold-search": search ?? DEFAULTS["threshold-search"],
    bootstrap: bootstrap ?? DEFAULTS.bootstrap,
  };
  const { protocol, model } = values;
  // Without a net there is nothing to share.
  if (model === undefined) await context.shares.meet(async () => ({ value: {} }));
  return protocol === "pairs" ? evaluatePairs(values, context) : evaluateProtocol(protocol, values, context);
}

async function evaluatePairs(values: EvalValues, context: EvalContext): Promise<PairsResult> {
  const { report } = values;
  const { reporter } = context;
  // Before the work that takes long: files are read, and places to write to and the pairs' numbers looked at.
  const extras = await readExtras(values);
  if (report !== undefined) await checkOutput(join(report, "report.html"));
  if (values.card) await checkOutput(await thresholdCardPath(values.model!));
  const rehearse = (measured: Measured) => {
    conclude(
      withFolds(measured, values.folds),
      { ...values, bootstrap: values.bootstrap > 0 || values.card ? FEWEST_REPLICATES : 0 },
      extras,
    );
  };
  const measured = withFolds(await measure(values, context, rehearse), values.folds, reporter);
  const { table, skippedPairs } = measured;
  const concluded = conclude(measured, values, extras);
  // Skipped pairs were told already, with a photo that is missing.
  for (const warning of concluded.warnings.slice(skippedPairs > 0 ? 1 : 0)) {
    reporter.warn(`Warning: ${warning}`);
  }
  const byCard = values.card ? undefined : await measureByCard(measured, values, context);
  const result: PairsResult = {
    ...concluded,
    ...(byCard && { byCard }),
    ...(extras.dev && { viewOne: await viewOne(extras.dev, values, table, context) }),
    ...(values.card && { card: await writeCard(measured, values) }),
  };
  if (report === undefined) return result;
  const data = await reportData(measured, result, values, extras.labelErrors);
  return { ...result, report: await writeReport(report, data) };
}

/** All that follows from distances and the files that they are held against. */
function conclude(
  { table, folds, skippedPairs, groups }: ReturnType<typeof withFolds>,
  values: EvalValues,
  { against, attributes }: Pick<Awaited<ReturnType<typeof readExtras>>, "against" | "attributes">,
): PairsResult {
  const { "threshold-search": thresholds, bootstrap: replicates, seed } = values;
  const evaluation = evaluate(table.distances, table.issame, { folds, skippedPairs, thresholds });
  const alone = groups && evaluateGroups(table, groups, { thresholds });
  return {
    ...evaluation,
    warnings: [
      ...evaluation.warnings,
      ...(replicates > 0 || values.card ? peopleWarnings(table) : []),
      ...(alone && alone.empty.length > 0
        ? [`groups without pairs are left out: ${alone.empty.join(", ")}`]
        : []),
    ],
    ...(replicates > 0 && { bootstrap: bootstrap(table, { replicates, seed }) }),
    ...(against && { comparison: compareModels(table, against, { folds: values.folds, seed }) }),
    ...((attributes || groups) && {
      subgroups: {
        ...(groups && { group: folderRates(groups, table, evaluation) }),
        ...(attributes && subgroupsOf(attributes, attributes.chosen, table, evaluation)),
      },
    }),
    ...(alone && { groups: alone }),
  };
}

/** Files that the evaluation is held against. */
async function readExtras(values: EvalValues) {
  const { against, attributes, groups, "label-errors": labelErrors, "dev-pairs": dev } = values;
  return {
    against: against === undefined ? undefined : await readDistances(against),
    attributes: attributes === undefined ? undefined : await readGroups(attributes, groups),
    labelErrors: labelErrors === undefined ? undefined : await readLabelErrors(labelErrors),
    dev: dev === undefined ? undefined : await readPairList(dev),
  };
}

async function readGroups(path: string, asked: readonly string[] | undefined) {
  const attributes = await readAttributes(path);
  return { ...attributes, chosen: chooseColumns(attributes, asked) };
}

/** View 1's lists have one fold, which leaves no other to choose its threshold on: they are split into runs. */
function withFolds(measured: Measured, asked: number | undefined, reporter?: Reporter) {
  const { table } = measured;
  if (table.folds === undefined || new Set(table.folds).size > 1) {
    // A list of pairs is in the folds asked for already.
    const folds = measured.isList ? (table.folds ?? asked) : (asked ?? table.folds);
    return { ...measured, folds };
  }
  const count = asked ?? 10;
  reporter?.say(`The pairs have one fold: they are split into ${count} for the accuracy over folds`);
  const folds = runsOfEachClass(table.issame, count);
  return { ...measured, table: { ...table, folds }, folds };
}

/** Embeds the development pairs too, alone, and takes the threshold from them. */
async function viewOne(
  list: PairList,
  values: EvalValues,
  test: DistanceTable,
  context: EvalContext,
): Promise<ViewOne> {
  const { "dev-pairs": dev, "lfw-dir": dir, "threshold-search": search } = values;
  const { table } = await measureList(list, dev!, dir!, values, { ...context, shares: ALONE });
  return evaluateViewOne(table, test, search);
}
