import {
  type Bootstrap,
  bootstrap,
  type Comparison,
  compareModels,
  type DistanceTable,
  type Evaluation,
  evaluate,
  evaluateViewOne,
  readAttributes,
  readDistances,
  readLabelErrors,
  readPairList,
  runsOfEachClass,
  type Subgroup,
  type ViewOne,
} from "@amface/lfw-eval";
import { type CommandContext, defineCommand, type OptionValues } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import { checkUsage } from "../eval/check-usage.ts";
import { evaluateFolder, type FolderResult, renderFolder } from "../eval/evaluate-folder.ts";
import { type Measured, measure, measureList } from "../eval/measure.ts";
import { renderEvaluation } from "../eval/render-evaluation.ts";
import { reportData } from "../eval/report-data.ts";
import { subgroupsOf } from "../eval/subgroups-of.ts";
import { writeCard } from "../eval/write-card.ts";
import { writeReport } from "../eval/write-report.ts";
import { mismatchOption } from "../model/check-alignment.ts";
import { netOption } from "../model/model.ts";
import { engineOption } from "../options/engine-option.ts";

const options = {
  model: { value: "M", help: "run directory or saved model" },
  net: netOption,
  "lfw-dir": { value: "DIR", help: "identity folders or shards of aligned crops" },
  "lfw-pairs": {
    value: "FILE",
    help: "pairs as LFW, CALFW, CPLFW or AgeDB-30 list them, or CFP's folder Protocol",
  },
  "dev-pairs": { value: "FILE", help: "take the threshold from these pairs instead of folds (LFW's View 1)" },
  bin: { value: "FILE", help: "evaluate an insightface set such as agedb_30.bin instead of crops and pairs" },
  distances: { value: "FILE", help: "evaluate these rows `issame,distance` (CSV) instead of a model" },
  embeddings: {
    value: "FILE",
    help: "evaluate these (a.npy, with a.json, as amface embed writes) instead of a model",
  },
  protocol: {
    value: "NAME",
    help: "pairs; or, over all of --lfw-dir: identify (rank-k, CMC), blufr (all pairs, open set)",
    parse: oneOf("pairs", "identify", "blufr"),
    default: "pairs",
  },
  folds: { value: "K", help: "number of folds [those of the pairs; 10 for distances]", parse: integer(2) },
  "threshold-search": {
    value: "HOW",
    help: "folds' thresholds from the grid 0, 0.01, … (the lowest best one) or exact",
    parse: oneOf("grid", "exact"),
    default: "grid",
  },
  bootstrap: { value: "N", help: "resamples for intervals, 0 for none", parse: integer(0), default: "1000" },
  against: { value: "FILE", help: "compare with another model's distances.csv of the same pairs" },
  attributes: {
    value: "FILE",
    help: "CSV of photos or identities and attributes: error rates of each group",
  },
  "label-errors": { value: "FILE", help: "photos or pairs known to be labelled wrong: marked in the report" },
  manifest: { value: "FILE", help: "align's manifest [manifest.csv in --lfw-dir]: landmarks in the report" },
  flip: {
    value: "HOW",
    help: "mirrored crops: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  "lfw-batch-size": { value: "N", help: "crops a batch", parse: integer(1), default: "64" },
  strict: { help: "a missing photo is an error, not a skipped pair" },
  seed: { value: "N", help: "seed of resamples and trials", parse: integer(0), default: "1" },
  "allow-alignment-mismatch": mismatchOption,
  report: { value: "DIR", help: "write report.html and distances.csv there" },
  card: { help: "write the model's threshold card beside it, for amface verify" },
  engine: engineOption,
} as const;

export type EvalValues = OptionValues<typeof options>;

/** The evaluation as `--json` gives it. */
export interface PairsResult extends Evaluation {
  readonly viewOne?: ViewOne;
  readonly bootstrap?: Bootstrap;
  readonly comparison?: Comparison;
  /** Error rates of each attribute's groups. */
  readonly subgroups?: Readonly<Record<string, readonly Subgroup[]>>;
  readonly report?: string;
  readonly card?: string;
}

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
    return { ...measured, folds: asked ?? table.folds };
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
