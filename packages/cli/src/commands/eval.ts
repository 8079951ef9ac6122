import {
  bootstrap,
  compareModels,
  type DistanceTable,
  evaluate,
  evaluateViewOne,
  readAttributes,
  readDistances,
  readLabelErrors,
  readPairList,
  runsOfEachClass,
  type ViewOne,
} from "@amface/lfw-eval";
import { type CommandContext, defineCommand } from "../command/command.ts";
import { checkUsage } from "../eval/check-usage.ts";
import { type EvalValues, options, type PairsResult } from "../eval/eval-options.ts";
import { evaluateFolder, type FolderResult, renderFolder } from "../eval/evaluate-folder.ts";
import { type Measured, measure, measureList } from "../eval/measure.ts";
import { renderEvaluation } from "../eval/render-evaluation.ts";
import { reportData } from "../eval/report-data.ts";
import { subgroupsOf } from "../eval/subgroups-of.ts";
import { writeCard } from "../eval/write-card.ts";
import { writeReport } from "../eval/write-report.ts";

export const evalCommand = defineCommand({
  options,
  examples: [
    "amface eval --model runs/a --lfw-dir lfw-112x96 --lfw-pairs pairs.txt --report runs/a/lfw --card",
    "amface eval --model runs/b --bin agedb_30.bin --json",
    "amface eval --model runs/a --lfw-dir lfw-112x96 --protocol blufr",
    "amface eval --distances runs/a/lfw/distances.csv --against runs/b/lfw/distances.csv",
  ],
  run: evaluateAny,
  render: (result) => ("protocol" in result ? renderFolder(result) : renderEvaluation(result)),
});

async function evaluateAny(
  values: EvalValues,
  _: readonly string[],
  context: CommandContext,
): Promise<PairsResult | FolderResult> {
  checkUsage(values);
  const { protocol, model, net, "lfw-dir": dir, flip, engine, seed, "lfw-batch-size": batchSize } = values;
  if (protocol === "pairs") return evaluatePairs(values, context);
  const folder = { model: model!, net, dir: dir!, flip, engine, seed, batchSize };
  return evaluateFolder(protocol, { ...folder, allowMismatch: values["allow-alignment-mismatch"] }, context);
}

async function evaluatePairs(values: EvalValues, context: CommandContext): Promise<PairsResult> {
  const { "threshold-search": thresholds, bootstrap: replicates, seed, report } = values;
  const extras = await readExtras(values); // before the work that takes long
  const { folds, ...measured } = withFolds(await measure(values, context), values.folds, context);
  const { table, skippedPairs } = measured;
  const evaluation = evaluate(table.distances, table.issame, { folds, skippedPairs, thresholds });
  // Skipped pairs were told already, with a photo that is missing.
  for (const warning of evaluation.warnings.slice(skippedPairs > 0 ? 1 : 0)) {
    context.reporter.warn(`Warning: ${warning}`);
  }
  const { against, attributes } = extras;
  const result: PairsResult = {
    ...evaluation,
    ...(replicates > 0 && { bootstrap: bootstrap(table, { replicates, seed }) }),
    ...(against && { comparison: compareModels(table, against, { folds: values.folds, seed }) }),
    ...(attributes && { subgroups: subgroupsOf(attributes, table, evaluation) }),
    ...(values["dev-pairs"] !== undefined && { viewOne: await viewOne(values, table, context) }),
    ...(values.card && { card: await writeCard(measured, values) }),
  };
  if (report === undefined) return result;
  const data = await reportData(measured, result, values, extras.labelErrors);
  return { ...result, report: await writeReport(report, data) };
}

/** Files that the evaluation is held against. */
async function readExtras({ against, attributes, "label-errors": labelErrors }: EvalValues) {
  return {
    against: against === undefined ? undefined : await readDistances(against),
    attributes: attributes === undefined ? undefined : await readAttributes(attributes),
    labelErrors: labelErrors === undefined ? undefined : await readLabelErrors(labelErrors),
  };
}

/** View 1's lists have one fold, which leaves no other to choose its threshold on: they are split into runs. */
function withFolds(measured: Measured, asked: number | undefined, { reporter }: CommandContext) {
  const { table } = measured;
  if (table.folds === undefined || new Set(table.folds).size > 1) {
    // A list of pairs is in the folds asked for already.
    const folds = measured.isList ? (table.folds ?? asked) : (asked ?? table.folds);
    return { ...measured, folds };
  }
  const count = asked ?? 10;
  reporter.say(`The pairs have one fold: they are split into ${count} for the accuracy over folds`);
  const folds = runsOfEachClass(table.issame, count);
  return { ...measured, table: { ...table, folds }, folds };
}

/** Embeds the development pairs too and takes the threshold from them. */
async function viewOne(values: EvalValues, test: DistanceTable, context: CommandContext): Promise<ViewOne> {
  const { "dev-pairs": dev, "lfw-dir": dir, "threshold-search": search } = values;
  const { table } = await measureList(await readPairList(dev!), dev!, dir!, values, context);
  return evaluateViewOne(table, test, search);
}
