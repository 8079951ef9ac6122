import { formatCsv } from "@amface/align";
import { writeFileAtomic } from "@amface/files";
import { ConfigError, findRate, rateSentence, renderRateCurve, resolveConfig } from "@amface/train";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer, number } from "../command/parse.ts";
import { startEngine } from "../model/start-engine.ts";
import { checkOutput } from "../options/check-output.ts";
import { trainConfigOf } from "../train/train-config-of.ts";
import { trainOptions } from "../train/train-options.ts";
import { withLargestBatch } from "../train/with-largest-batch.ts";

const {
  "run-dir": _dir,
  resume: _run,
  "until-epoch": _epoch,
  "no-mpi": _mpi,
  ...trainingOptions
} = trainOptions;

/** A range test is no run. */
const NO_RUN = { resume: undefined, "run-dir": undefined, "until-epoch": undefined, "no-mpi": true } as const;

const options = {
  from: {
    ...{ heading: "Range", value: "R", parse: number(0), default: "1e-5" },
    help: "first learning rate; the others of the config play no part, nor does its length",
  },
  to: {
    ...{ value: "R", parse: number(0), default: "10" },
    help: "last learning rate, unless the loss leaves its course before",
  },
  steps: { value: "N", help: "steps between them", parse: integer(20), default: "100" },
  tests: {
    ...{ value: "N", parse: integer(1), default: "2" },
    help: "how many times over, each from a seed of its own; the curve is the mean",
  },
  output: { value: "FILE", help: "write the steps there, as CSV: rate, loss, smoothed loss" },
  report: { value: "FILE", help: "write a page with the curve there" },
  ...trainingOptions,
} as const;

export const lrFind = defineCommand({
  options,
  examples: [
    "amface lr-find --data-dir crops --net resface20 --loss arcface --report rates.html",
    "amface lr-find --config runs/a/config.json --batch-size 128    # for the config of a run, in another batch size",
  ],
  async run(values, _, context) {
    const { output, report, from, to } = values;
    for (const path of [output, report]) if (path !== undefined) await checkOutput(path);
    if (!(from > 0 && to >= 10 * from)) {
      const expected = "--to to be at least ten times --from, and that above 0";
      throw new UsageError(`Cannot search a learning rate: expected ${expected}, got ${from} to ${to}`);
    }
    const curve = await testRates(values, context).catch((error: unknown) => {
      throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error;
    });
    const { points, smoothed } = curve;
    const rows = points.map(({ rate, loss }, i) => [rate, loss, smoothed[i].loss].map(String));
    if (output !== undefined)
      await writeFileAtomic(output, formatCsv([["rate", "loss", "smoothed"], ...rows]));
    if (report !== undefined) await writeFileAtomic(report, renderRateCurve(curve, curve.trained));
    const files = { ...(output !== undefined && { output }), ...(report !== undefined && { report }) };
    return { ...curve, ...files };
  },
  fails: ({ suggestion, stopped }) => stopped || suggestion === undefined,
  render: ({ output, report, ...curve }) =>
    [
      rateSentence(curve),
      ...(output === undefined ? [] : [`steps   ${output}`]),
      ...(report === undefined ? [] : [`report  ${report}`]),
    ].join("\n"),
});

async function testRates(values: OptionValues<typeof options>, { reporter, signal }: CommandContext) {
  const given = await trainConfigOf({ ...values, ...NO_RUN });
  const { "gpu-memory": gpuMemory, from, to, steps, tests } = values;
  const engine = await startEngine(values, reporter, {
    training: true,
    ...(gpuMemory !== undefined && { gpuMemory }),
  });
  const config = values["batch-size"] === "auto" ? await withLargestBatch(given, engine, reporter) : given;
  const { net, loss, batchSize, dataDir } = resolveConfig(config);
  const progress = reporter.progress("lr-find", tests * steps, "steps");
  const curve = await findRate(config, {
    ...{ from, to, steps, tests, signal },
    onStep: (done, { rate, loss }) =>
      progress.update(done, `rate ${rate.toPrecision(2)}  loss ${loss.toFixed(3)}`),
    onSkip: ({ error }) => reporter.warn(`Skipped: ${error.message}`),
    onWarning: (message) => reporter.warn(message),
  });
  progress.end();
  return { ...curve, trained: `${net} with ${loss}, batches of ${batchSize} from ${dataDir}` };
}
