import { chosenOf, type SweepOutcome, valueText } from "@amface/train";
import { scoreText } from "../train/render-training.ts";

/** What `amface sweep` gives. */
export interface Swept {
  readonly outputDir: string;
  /** Best first. */
  readonly runs: readonly (Pick<
    SweepOutcome,
    "name" | "options" | "finished" | "epochs" | "endedAt" | "failure" | "history"
  > & {
    readonly path: string;
  })[];
  readonly stopped: boolean;
  readonly report?: string;
}

/** A line a run, best first: what it varies, how far it went, its score on held-out people. */
export function renderSweep({ runs, report, stopped, outputDir }: Swept): string {
  const keys = [...new Set(runs.flatMap(({ options }) => Object.keys(options)))];
  const table = [
    ["", ...keys, "epochs", "", "validation", "run"],
    ...runs.map((run, i) => [
      String(i + 1),
      ...keys.map((key) => valueText(run.options[key])),
      String(run.epochs),
      standingText(run),
      scoreText(chosenOf(run.history)?.validation),
      run.path,
    ]),
  ];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
  const failed = runs.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`]));
  return [
    ...lines,
    "accuracy ± standard error (95 % interval) on held-out people, of each run's model",
    ...failed,
    ...(stopped ? [`stopped before the end; the same call goes on, in ${outputDir}`] : []),
    ...(report === undefined ? [] : [`report  ${report}`]),
  ].join("\n");
}

function standingText({ finished, endedAt, failure }: Swept["runs"][number]): string {
  if (failure !== undefined) return "failed";
  if (endedAt !== undefined) return `ended at ${endedAt}`;
  return finished ? "finished" : "stopped";
}
