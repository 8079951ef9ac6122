import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "@amface/files";
import { usableCores } from "@amface/tfjs-backend-onnx";
import {
  ConfigError,
  compareRuns,
  planSweep,
  readConfigFile,
  readRun,
  renderComparison,
  runFolder,
  runSweep,
} from "@amface/train";
import { defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer } from "../command/parse.ts";
import { engineOptions, gpuMemoryOption } from "../options/engine-option.ts";
import { renderSweep } from "../sweep/render-sweep.ts";
import { trainRun } from "../sweep/train-run.ts";

const options = {
  "output-dir": {
    ...{ value: "DIR", default: "runs/sweep" },
    help: "where the runs' folders go; those that are there are gone on with, and finished ones are not repeated",
  },
  jobs: {
    value: "N",
    help: "trainings at a time, each in a process of its own",
    parse: integer(1),
    default: "1",
  },
  ...engineOptions,
  threads: {
    ...engineOptions.threads,
    help: "threads of each training [one per core that may be used, divided by --jobs]",
  },
  "gpu-memory": gpuMemoryOption,
} as const;

export const sweep = defineCommand({
  positionals: { label: "FILE", min: 1, max: 1 },
  options,
  examples: [
    "amface sweep sweep.json --output-dir runs/rates --jobs 2    # again after Ctrl-C or a kill: goes on",
    `sweep.json, a grid: {"config": {"dataDir": "crops", "validationIdentities": 0.1}, "vary": {"learningRate": [0.03, 0.1], "loss": ["am-softmax", "arcface"]}}`,
    `… at random, a third going on after 2, 6, 18 … epochs: {"preset": "cpu", "config": {…}, "runs": 27, "seed": 1, "vary": {"learningRate": {"from": 0.001, "to": 1, "scale": "log"}}, "halving": {"eta": 3, "epochs": 2}}`,
  ],
  async run(values, [file], { reporter, signal }) {
    const { "output-dir": outputDir, jobs } = values;
    const plan = await readConfigFile(file)
      .then(planSweep)
      .catch((error: unknown) => {
        throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error;
      });
    await makeFolder(outputDir);
    const settings = { folder: outputDir, flags: flagsOf(values) };
    const { length } = plan.runs;
    reporter.say(`${length} runs, ${jobs} at a time, into ${outputDir}`);
    const outcomes = await runSweep(plan, {
      ...{ jobs, signal },
      async trainTo(run, epochs, signal) {
        const standing = await trainRun(run, epochs, { ...settings, signal });
        const score = standing.history.at(-1)?.validation?.accuracy.mean;
        const scored = score === undefined ? "" : `, validation ${score.toFixed(4)}`;
        reporter.say(
          standing.failure
            ? `${run.name}: ${standing.failure}`
            : `${run.name}: ${standing.epochs} epochs${scored}`,
        );
        return standing;
      },
      onRung: (epochs, kept, ended) =>
        reporter.say(`after ${epochs} epochs ${kept.length} runs go on, ${ended.length} end`),
    });
    const runs = outcomes.map(({ config: _, ...outcome }) => ({
      ...outcome,
      path: join(outputDir, outcome.name),
    }));
    const report = await writeReport(outputDir, runs).catch((error: Error) =>
      reporter.warn(`No report: ${error.message}`),
    );
    return { outputDir, runs, stopped: signal.aborted, ...(report && { report }) };
  },
  fails: ({ stopped, runs }) => stopped || runs.every(({ failure }) => failure !== undefined),
  render: renderSweep,
});

function flagsOf({ engine, threads, jobs, "gpu-memory": memory }: OptionValues<typeof options>): string[] {
  const each = threads ?? (jobs > 1 ? Math.max(1, Math.floor(usableCores() / jobs)) : undefined);
  return [
    ...(engine === undefined ? [] : ["--engine", engine]),
    ...(each === undefined ? [] : ["--threads", String(each)]),
    ...(memory === undefined ? [] : ["--gpu-memory", String(memory)]),
  ];
}

/** Writes the page of `amface compare` about the runs that have begun, the best first; `undefined` where these are fewer than two. */
async function writeReport(folder: string, runs: readonly { path: string }[]): Promise<string | undefined> {
  const begun = runs.filter(({ path }) => existsSync(runFolder(path).config));
  if (begun.length < 2) return undefined;
  const report = join(folder, "report.html");
  const records = await Promise.all(begun.map(({ path }) => readRun(path)));
  await writeFileAtomic(report, renderComparison(compareRuns(records)));
  return report;
}
