import { writeFileAtomic } from "@amface/files";
import { ConfigError, compareRuns, readRun, renderComparison } from "@amface/train";
import { defineCommand, UsageError } from "../command/command.ts";
import { checkOutput } from "../options/check-output.ts";
import { renderCompared } from "../train/render-compared.ts";

const options = {
  report: {
    value: "FILE",
    help: "write a page with the table, the tests, and curves of loss and accuracy there",
  },
} as const;

export const compare = defineCommand({
  positionals: { label: "RUN…", min: 2, max: 100 },
  options,
  examples: [
    "amface compare runs/a runs/b runs/c --report compare.html",
    "amface eval --model runs/a --lfw-dir lfw --lfw-pairs pairs.txt --report runs/a/lfw    # for a paired test, the same of runs/b",
  ],
  async run({ report }, paths) {
    if (report !== undefined) await checkOutput(report);
    const runs = await Promise.all(paths.map((path) => readRun(path))).catch((error: unknown) => {
      throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error;
    });
    const comparison = compareRuns(runs);
    if (report !== undefined) await writeFileAtomic(report, renderComparison(comparison));
    const { differences, tests } = comparison;
    return {
      runs: runs.map(({ path, points, scores, summary }) => ({
        ...{ path, steps: points.at(-1)?.step ?? 0, finished: summary?.finished ?? false },
        ...(summary && { seconds: summary.seconds, imagesPerSecond: summary.imagesPerSecond }),
        ...(scores && { chosen: scores.chosen, chosenBy: scores.chosenBy }),
      })),
      differences,
      tests,
      ...(report !== undefined && { report }),
    };
  },
  render: renderCompared,
});
