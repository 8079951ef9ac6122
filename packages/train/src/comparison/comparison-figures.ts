import { FIGURE_COLOURS, type Figure, figure, roundForFigure as round } from "@amface/lfw-eval";
import { VALIDATION } from "../evaluation/pair-set.ts";
import { thin } from "../evaluation/run-figures.ts";
import type { EpochScores, Score } from "../evaluation/score.ts";
import type { RunRecord } from "./run-record.ts";

const DASHES = ["solid", "dash", "dot", "dashdot"];

/** A run's line: its colour, and beyond six runs another kind of line. */
const lineOf = (run: number) => ({
  color: FIGURE_COLOURS[run % FIGURE_COLOURS.length],
  dash: DASHES[Math.floor(run / FIGURE_COLOURS.length) % DASHES.length],
});

/** Cross-entropy of several runs over the steps. Of many steps, each point is a mean. */
export function lossesFigure(runs: readonly Pick<RunRecord, "path" | "points">[]): Figure {
  const data = runs.map(({ path, points }, i) => {
    const shown = thin(points);
    return {
      ...{ type: "scatter", mode: "lines", name: path, line: lineOf(i) },
      x: shown.map(({ step }) => step),
      y: shown.map(({ crossEntropy }) => round(crossEntropy)),
    };
  });
  return figure("Training", "step", "cross-entropy", data, { yaxis: { rangemode: "tozero" } });
}

/** The names of what any of the runs was evaluated on, held-out people first. */
export function evaluatedSets(runs: readonly Pick<RunRecord, "history">[]): string[] {
  const history = runs.flatMap(({ history }) => history);
  const tests = history.flatMap(({ tests }) => Object.keys(tests));
  return [...(history.some(({ validation }) => validation) ? [VALIDATION] : []), ...new Set(tests)];
}

/** The score on a set by its name, `validation` for held-out people. */
export const scoreOn = ({ validation, tests }: EpochScores, set: string): Score | undefined =>
  set === VALIDATION ? validation : tests[set];

/** Accuracy of several runs on one set over the steps, with 95 % intervals. */
export function accuraciesFigure(runs: readonly Pick<RunRecord, "path" | "history">[], set: string): Figure {
  const data = runs.flatMap(({ path, history }, i) => {
    const points = history.flatMap((scores) => {
      const accuracy = scoreOn(scores, set)?.accuracy;
      return accuracy ? [{ step: scores.step, ...accuracy }] : [];
    });
    if (points.length === 0) return [];
    const error_y = {
      ...{ type: "data", symmetric: false, thickness: 1, width: 3 },
      array: points.map(({ mean, ci95 }) => round(ci95[1] - mean)),
      arrayminus: points.map(({ mean, ci95 }) => round(mean - ci95[0])),
    };
    const line = { type: "scatter", mode: "lines+markers", name: path, line: lineOf(i), error_y };
    return [{ ...line, x: points.map(({ step }) => step), y: points.map(({ mean }) => round(mean)) }];
  });
  return figure(`Accuracy on ${set}`, "step", "accuracy", data, {});
}
