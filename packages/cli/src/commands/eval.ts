import { useEngine } from "@amface/engine";
import { type Evaluation, evaluate, locatePhotos, readDistances, readPairs } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import { checkCropsFolder, mismatchOption } from "../check-alignment.ts";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command.ts";
import { engineOption } from "../engine-option.ts";
import { evaluatePhotos, worstPictures } from "../evaluate-photos.ts";
import { loadModel, netOption } from "../model.ts";
import { integer, oneOf } from "../parse.ts";
import { writeReport } from "../write-report.ts";

const options = {
  model: { value: "M", help: "run directory or saved model" },
  net: netOption,
  "lfw-dir": { value: "DIR", help: "identity folders of aligned crops" },
  "lfw-pairs": { value: "FILE", help: "pairs in the form of LFW's pairs.txt" },
  distances: { value: "FILE", help: "evaluate these rows `issame,distance` (CSV) instead of a model" },
  folds: { value: "K", help: "number of folds [those of the pairs; 10 for distances]", parse: integer(2) },
  flip: {
    value: "HOW",
    help: "mirrored crops: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  "lfw-batch-size": { value: "N", help: "crops a batch", parse: integer(1), default: "64" },
  strict: { help: "a missing photo is an error, not a skipped pair" },
  "allow-alignment-mismatch": mismatchOption,
  report: { value: "DIR", help: "write report.html and distances.csv there" },
  engine: engineOption,
} as const;

export const evalCommand = defineCommand({
  options,
  examples: [
    "amface eval --model runs/a --lfw-dir lfw-112x96 --lfw-pairs pairs.txt --report runs/a/lfw",
    "amface eval --distances distances.csv --json",
  ],
  run: (values, _, context) =>
    values.distances === undefined ? evaluateModel(values, context) : evaluateTable(values.distances, values),
  render: renderEvaluation,
});

type Values = OptionValues<typeof options>;

/** The evaluation as `--json` gives it. */
type EvalResult = Evaluation & { readonly report?: string };

async function evaluateTable(path: string, { folds, model, report }: Values): Promise<EvalResult> {
  if (model !== undefined)
    throw new UsageError("Cannot take --model and --distances together: give one of them");
  const table = await readDistances(path);
  const evaluation = evaluate(table.distances, table.issame, { folds });
  if (report === undefined) return evaluation;
  const data = { title: path, result: { name: path, evaluation, table } };
  return { ...evaluation, report: await writeReport(report, data) };
}

async function evaluateModel(values: Values, { reporter, signal }: CommandContext): Promise<EvalResult> {
  const { model, "lfw-dir": dir, "lfw-pairs": pairsFile, report, flip, folds, strict } = values;
  if (model === undefined || dir === undefined || pairsFile === undefined) {
    throw new UsageError("Cannot evaluate: expected --model, --lfw-dir and --lfw-pairs, or --distances");
  }
  const list = await readPairs(pairsFile);
  const located = await locatePhotos(list, dir, { strict });
  if (located.missing.length > 0) {
    reporter.warn(
      `${located.skippedPairs} of ${list.pairs.length} pairs are skipped: ${located.missing.length} photos are ` +
        `missing from ${dir}, such as ${located.missing[0]}`,
    );
  }
  const engine = await useEngine(values.engine);
  const net = await loadModel(model, values.net);
  await checkCropsFolder(model, dir, { allowed: values["allow-alignment-mismatch"], reporter });
  const outcome = await evaluatePhotos({
    dir,
    located,
    embed: embedder(net),
    flip,
    batchSize: values["lfw-batch-size"],
    folds,
    reporter,
    signal,
    title: "embed",
  });
  if (report === undefined) return outcome.evaluation;
  const path = await writeReport(report, {
    title: `${net.name} on ${list.pairs.length} pairs`,
    result: { name: net.name, ...outcome },
    worstPairs: await worstPictures(dir, located, outcome),
    details: { model, pairs: pairsFile, flip, engine: `${engine.name}:${engine.device}` },
  });
  return { ...outcome.evaluation, report: path };
}

function renderEvaluation({
  pairs,
  skippedPairs,
  folds,
  accuracy,
  val,
  auc,
  eer,
  report,
}: EvalResult): string {
  const lines = [
    `pairs      ${pairs} in ${folds.length} folds${skippedPairs > 0 ? `, ${skippedPairs} skipped` : ""}`,
    `accuracy   ${accuracy.mean.toFixed(4)} ± ${accuracy.std.toFixed(4)} (95 % interval ${accuracy.ci95
      .map((rate) => rate.toFixed(4))
      .join(" to ")})`,
    `VAL        ${val.mean.toFixed(4)} ± ${val.std.toFixed(4)} at FAR ${val.far.toPrecision(3)}`,
    `AUC        ${auc.toFixed(4)}`,
    `EER        ${eer.toFixed(4)}`,
  ];
  if (report !== undefined) lines.push(`report     ${report}`);
  return lines.join("\n");
}
