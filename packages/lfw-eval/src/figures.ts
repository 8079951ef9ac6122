import { type Roc, rocCurve } from "./roc.ts";

/** A figure as plotly.js takes it: `Plotly.newPlot(element, figure.data, figure.layout)`. */
export interface Figure {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
}

/** A model's pairs, of both classes, under the name that the legend shows. */
export interface NamedDistances {
  readonly name: string;
  readonly distances: ArrayLike<number>;
  readonly issame: readonly boolean[];
}

/** A point of a training run. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** Told apart by people with any colour vision (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const HISTOGRAM_BINS = 80;

/**
 * ROC of one or more models: TAR over FAR, the FAR on a logarithmic axis. A curve starts at the smallest
 * FAR that its pairs can show, one different pair out of all.
 */
export function rocFigure(models: readonly NamedDistances[]): Figure {
  const smallest = models.map(({ issame }) => 1 / issame.filter((same) => !same).length);
  const data = models.map(({ name, distances, issame }, i) => ({
    type: "scatter",
    mode: "lines",
    name: name.replaceAll("&", "&amp;").replaceAll("<", "&lt;"), // plotly.js reads markup in names
    ...corners(rocCurve(distances, issame), smallest[i]),
    line: { color: COLOURS[i % COLOURS.length], shape: "hv" },
    hovertemplate: "FAR %{x:.2g}<br>TAR %{y:.4f}",
  }));
  const left = Math.log10(Math.min(...smallest));
  return figure("ROC", "false accept rate (FAR)", "true accept rate (TAR)", data, {
    xaxis: { type: "log", range: [left, 0], dtick: 1, exponentformat: "power" },
  });
}

/** A ROC's points from `smallest` FAR on. At FAR 0 only the highest shows, drawn where the axis begins. */
function corners({ far, tar }: Roc, smallest: number): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < far.length; i++) {
    if (far[i] === 0 && far[i + 1] === 0) continue;
    x.push(round(Math.max(far[i], smallest)));
    y.push(round(tar[i]));
  }
  return { x, y };
}

/**
 * Histograms of the distances of same and of different pairs.
 *
 * @param threshold Drawn as a line, where given.
 */
export function distanceFigure(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  threshold?: number,
): Figure {
  let end = 0;
  for (let p = 0; p < issame.length; p++) end = Math.max(end, distances[p]);
  const width = Math.max(end, 0.01) / HISTOGRAM_BINS;
  const data = [true, false].map((same) => {
    const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
    issame.forEach((is, p) => {
      if (is === same) counts[Math.min(HISTOGRAM_BINS - 1, Math.floor(distances[p] / width))]++;
    });
    return {
      type: "bar",
      name: same ? "same person" : "different people",
      x: counts.map((_, i) => round((i + 0.5) * width)),
      y: counts,
      width: round(width),
      opacity: 0.6,
      marker: { color: COLOURS[same ? 0 : 1] },
      hovertemplate: "distance %{x:.3f}<br>%{y} pairs",
    };
  });
  const line = threshold === undefined ? {} : thresholdLine(threshold);
  return figure("Distances of pairs", "squared distance", "pairs", data, { barmode: "overlay", ...line });
}

function thresholdLine(x: number): Record<string, unknown> {
  const line = { dash: "dot", width: 1, color: "#444" };
  const label = { text: `threshold ${x.toFixed(2)}`, showarrow: false, yanchor: "bottom" };
  return {
    shapes: [{ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line }],
    annotations: [{ x, yref: "paper", y: 1, ...label }],
  };
}

/** Loss over training steps. */
export function lossFigure(points: readonly LossPoint[]): Figure {
  const trace = {
    type: "scatter",
    mode: "lines",
    name: "loss",
    x: points.map((point) => point.step),
    y: points.map((point) => round(point.loss)),
    line: { color: COLOURS[0] },
  };
  return figure("Training loss", "step", "loss", [trace], { yaxis: { rangemode: "tozero" } });
}

function figure(
  title: string,
  x: string,
  y: string,
  data: readonly Record<string, unknown>[],
  layout: { xaxis?: object; yaxis?: object } & Record<string, unknown>,
): Figure {
  const axis = { gridcolor: "#e4e4e4", linecolor: "#888", zeroline: false };
  return {
    data,
    layout: {
      ...layout,
      title: { text: title },
      xaxis: { ...axis, ...layout.xaxis, title: { text: x } },
      yaxis: { ...axis, ...layout.yaxis, title: { text: y } },
      showlegend: data.length > 1,
      paper_bgcolor: "#fff",
      plot_bgcolor: "#fff",
      font: { color: "#222" },
    },
  };
}

/** Six digits, so that a figure's file stays small. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
