import type { Bootstrap } from "../protocol/bootstrap.ts";
import { type Roc, rocCurve } from "../protocol/roc.ts";
import { COLOURS, type Figure, figure, round } from "./figure.ts";
import { escapeHtml } from "./html.ts";

/** A model's pairs, of both classes, under the name that the legend shows. */
export interface NamedDistances {
  readonly name: string;
  readonly distances: ArrayLike<number>;
  readonly issame: readonly boolean[];
  /** Drawn as a band, where given. */
  readonly bootstrap?: Bootstrap;
}

/** A curve that is known already, of pairs too many for a list. */
export interface NamedRoc {
  readonly name: string;
  readonly roc: Roc;
  readonly pairs: { readonly same: number; readonly different: number };
}

/** A point of a training run. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

const HISTOGRAM_BINS = 80;

/**
 * ROC of one or more models: TAR over FAR, the FAR on a logarithmic axis. A curve starts at the smallest
 * FAR that its pairs can show, one different pair out of all. Bands are pointwise intervals.
 */
export function rocFigure(models: readonly (NamedDistances | NamedRoc)[]): Figure {
  const { data, left } = curves(models, (tar) => tar);
  return figure("ROC", "false accept rate (FAR)", "true accept rate (TAR)", data, {
    xaxis: { type: "log", range: [left, 0], dtick: 1, exponentformat: "power" },
  });
}

/**
 * DET (detection error trade-off) of one or more models: false rejects `1 − TAR` over FAR, both on logarithmic axes,
 * where models that are nearly always right are told apart. Where no same pair is rejected, the curve ends.
 */
export function detFigure(models: readonly (NamedDistances | NamedRoc)[]): Figure {
  const { data, left } = curves(models, (tar) => (tar < 1 ? 1 - tar : null));
  const axis = { type: "log", dtick: 1, exponentformat: "power" };
  const smallest = models.map((model) => 1 / countPairs(model).same);
  return figure("DET", "false accept rate (FAR)", "false reject rate (1 − TAR)", data, {
    xaxis: { ...axis, range: [left, 0] },
    yaxis: { ...axis, range: [Math.log10(Math.min(...smallest) / 1.5), 0.05] },
  });
}

/** Curves and their bands, and the power of ten at which the axis begins. */
function curves(models: readonly (NamedDistances | NamedRoc)[], height: (tar: number) => number | null) {
  const smallest = models.map((model) => 1 / countPairs(model).different);
  const data = models.flatMap((model, i) => {
    const { name } = model;
    const bootstrap = "roc" in model ? undefined : model.bootstrap;
    const roc = "roc" in model ? model.roc : rocCurve(model.distances, model.issame);
    const color = COLOURS[i % COLOURS.length];
    const { x, y } = corners(roc, smallest[i]);
    const curve = {
      type: "scatter",
      mode: "lines",
      name: escapeHtml(name),
      x,
      y: y.map((tar) => rounded(height(tar))),
      line: { color, shape: "hv" },
      hovertemplate: "FAR %{x:.2g}<br>%{y:.4f}",
    };
    return bootstrap === undefined ? [curve] : [...band(bootstrap, height, color), curve];
  });
  return { data, left: Math.log10(Math.min(...smallest)) };
}

function countPairs(model: NamedDistances | NamedRoc) {
  if ("roc" in model) return model.pairs;
  const same = model.issame.filter(Boolean).length;
  return { same, different: model.issame.length - same };
}

const rounded = (value: number | null) => (value === null ? null : round(value));

/** Two lines that are not seen, and the area between them. */
function band({ band }: Bootstrap, height: (tar: number) => number | null, color: string) {
  const edge = (tars: readonly number[]) => ({
    type: "scatter",
    mode: "lines",
    x: band.far.map(round),
    // Logarithmic axes have no zero: the edge stays where the area's other one can be seen against it.
    y: tars.map((tar) => rounded(height(Math.min(tar, 1 - 1e-6)))),
    line: { width: 0, color },
    showlegend: false,
    hoverinfo: "skip",
  });
  return [edge(band.low), { ...edge(band.high), fill: "tonexty", fillcolor: `${color}26` }];
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
