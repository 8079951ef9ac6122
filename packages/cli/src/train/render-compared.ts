import {
  type ConfigDifference,
  type EpochScores,
  evaluatedSets,
  type PairedTest,
  scoreOn,
  valueText,
} from "@amface/train";
import { scoreText } from "./render-training.ts";

/** What `amface compare` gives. */
export interface Compared {
  readonly runs: readonly {
    readonly path: string;
    readonly steps: number;
    readonly imagesPerSecond?: number;
    readonly chosen?: EpochScores;
  }[];
  readonly differences: readonly ConfigDifference[];
  readonly tests: readonly PairedTest[];
  readonly report?: string;
}

/** One line a run and column a difference or score; below, a line a paired test. */
export function renderCompared({ runs, differences, tests, report }: Compared): string {
  const sets = evaluatedSets(runs.map(({ chosen }) => ({ history: chosen ? [chosen] : [] })));
  const head = ["run", ...differences.map(({ option }) => option), "steps", "images/s", ...sets];
  const rows = runs.map(({ path, steps, imagesPerSecond, chosen }, i) => [
    path,
    ...differences.map(({ values }) => valueText(values[i])),
    String(steps),
    imagesPerSecond?.toFixed(1) ?? "–",
    ...sets.map((set) => scoreText(chosen && scoreOn(chosen, set))),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
  return [
    ...lines,
    ...(sets.length > 0 ? ["accuracy ± standard error (95 % interval) of each run's model"] : []),
    ...tests.map(testLine),
    ...(report === undefined ? [] : [`report  ${report}`]),
  ].join("\n");
}

function testLine({ a, b, set, comparison, reason }: PairedTest): string {
  const where = set === "" ? "" : ` on ${set}`;
  if (!comparison) return `${b} against ${a}${where}: ${reason}`;
  const { accuracy, mcnemar, pairs, better } = comparison;
  const [low, high] = accuracy.interval.map((end) => (-100 * end).toFixed(2)).toReversed();
  const verdict = better === null ? "neither is shown to be better" : `${better === "b" ? b : a} is better`;
  return (
    `${b} against ${a}${where}: ${(-100 * accuracy.difference).toFixed(2)} points (${low} to ${high}) of ${pairs} pairs; ` +
    `McNemar ${mcnemar.onlyB} to ${mcnemar.onlyA}, p ${mcnemar.pValue.toPrecision(2)}: ${verdict}`
  );
}
