import { FIGURE_COLOURS, type Figure, figure, roundForFigure as round } from "@amface/lfw-eval";
import type { StepDetails } from "../step/step-result.ts";
import type { EpochScores, Score } from "./score.ts";

/** What `trainingFigure` draws of a step. */
export interface TrainingPoint {
  readonly step: number;
  /** AM-Softmax cross-entropy, in nats. */
  readonly crossEntropy: number;
  /** Mean cosine with the own identity, -1 to 1. */
  readonly targetCosine: number;
}

/** Points that a curve is thinned out to: more cannot be seen, and fill files. */
const POINTS = 1000;

/** Cross-entropy (left axis) and target cosine (right axis) over the steps. Of many steps, each point is a mean. */
export function trainingFigure(points: readonly TrainingPoint[]): Figure {
  const shown = thin(points);
  const line = (name: string, key: keyof TrainingPoint, i: number, more: object = {}) => ({
    type: "scatter",
    mode: "lines",
    name,
    x: shown.map(({ step }) => step),
    y: shown.map((point) => round(point[key])),
    line: { color: FIGURE_COLOURS[i] },
    ...more,
  });
  const data = [
    line("cross-entropy", "crossEntropy", 0),
    line("target cosine", "targetCosine", 1, { yaxis: "y2" }),
  ];
  return figure("Training", "step", "cross-entropy", data, {
    yaxis: { rangemode: "tozero" },
    yaxis2: {
      title: { text: "target cosine" },
      overlaying: "y",
      side: "right",
      showgrid: false,
      zeroline: false,
    },
    legend: { x: 0.5, xanchor: "center", y: 1.02, yanchor: "bottom", orientation: "h" },
  });
}

/** Means of neighbouring points, at the last one's step. */
export function thin(points: readonly TrainingPoint[]): readonly TrainingPoint[] {
  const size = Math.ceil(points.length / POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const part = points.slice(i * size, (i + 1) * size);
    const mean = (key: keyof TrainingPoint) => part.reduce((sum, point) => sum + point[key], 0) / part.length;
    return {
      step: part[part.length - 1].step,
      crossEntropy: mean("crossEntropy"),
      targetCosine: mean("targetCosine"),
    };
  });
}

/** Accuracy on validation pairs and test sets over the epochs, each with its 95 % interval, and the chosen epoch. */
export function scoresFigure(history: readonly EpochScores[], chosen?: EpochScores): Figure {
  const tests = [...new Set(history.flatMap(({ tests }) => Object.keys(tests)))];
  const curves: [string, (scores: EpochScores) => Score | undefined][] = [
    ["validation", ({ validation }) => validation],
    ...tests.map((name): [string, (scores: EpochScores) => Score | undefined] => [
      name,
      ({ tests }) => tests[name],
    ]),
  ];
  const data = curves.flatMap(([name, scoreOf], i) => {
    const points = history.flatMap((scores) => {
      const score = scoreOf(scores);
      return score === undefined ? [] : [{ epoch: scores.epoch, ...score.accuracy }];
    });
    if (points.length === 0) return [];
    const up = points.map(({ mean, ci95 }) => round(ci95[1] - mean));
    const down = points.map(({ mean, ci95 }) => round(mean - ci95[0]));
    return [
      {
        type: "scatter",
        mode: "lines+markers",
        name,
        x: points.map(({ epoch }) => epoch),
        y: points.map(({ mean }) => round(mean)),
        line: { color: FIGURE_COLOURS[i % FIGURE_COLOURS.length] },
        error_y: { type: "data", symmetric: false, array: up, arrayminus: down, thickness: 1, width: 3 },
      },
    ];
  });
  const mark = chosen && {
    shapes: [
      {
        type: "line",
        x0: chosen.epoch,
        x1: chosen.epoch,
        yref: "paper",
        y0: 0,
        y1: 1,
        line: { dash: "dot", width: 1 },
      },
    ],
    annotations: [
      { x: chosen.epoch, yref: "paper", y: 1, yanchor: "bottom", showarrow: false, text: "chosen" },
    ],
  };
  // Epochs are whole numbers; of many, plotly.js picks some.
  const xaxis = history.length <= 20 ? { dtick: 1 } : {};
  return figure("Accuracy", "epoch", "accuracy", data, { xaxis, ...mark });
}

/** Angles of some steps to draw under one name. */
export interface NamedAngles {
  readonly name: string;
  readonly steps: readonly Pick<StepDetails, "targetAngles" | "otherAngles">[];
}

/** Degrees that a point of `thetaFigure` stands for. */
const BIN = 4;

/**
 * How the angles θ between embeddings and class weights are spread, in degrees: to the own identity and to the hardest
 * other one. One kind of line a name.
 */
export function thetaFigure(groups: readonly NamedAngles[]): Figure {
  const kinds = [
    ["own identity", "targetAngles"],
    ["hardest other", "otherAngles"],
  ] as const;
  const data = groups.flatMap(({ name, steps }, i) =>
    kinds.map(([kind, key], k) => {
      const shares = new Array<number>(180 / BIN).fill(0);
      const count = steps.reduce((sum, step) => sum + step[key].length, 0);
      for (const step of steps) {
        for (const angle of step[key]) {
          shares[Math.min(shares.length - 1, Math.floor((angle * 180) / Math.PI / BIN))] += 1 / count;
        }
      }
      return {
        type: "scatter",
        mode: "lines",
        name: `${kind}, ${name}`,
        x: shares.map((_, bin) => (bin + 0.5) * BIN),
        y: shares.map(round),
        line: { color: FIGURE_COLOURS[k], dash: ["dot", "solid", "dash"][i % 3], shape: "spline" },
      };
    }),
  );
  return figure("Angles between embeddings and class weights", "θ in degrees", "share", data, {
    xaxis: { range: [0, 120], dtick: 30 },
    yaxis: { rangemode: "tozero" },
  });
}
