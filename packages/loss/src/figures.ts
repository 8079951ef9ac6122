import * as tf from "@tensorflow/tfjs-core";
import type { Margin } from "./margin.ts";

/** A figure as plotly.js takes it: `Plotly.newPlot(element, figure.data, figure.layout)`. */
export interface Figure {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
}

/** A margin under the name that the legend shows. */
export interface NamedMargin {
  readonly name: string;
  readonly margin: Margin;
}

/** Told apart by people with any colour vision (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
/** Angles that are drawn, in degrees. */
const DEGREES = Array.from({ length: 181 }, (_, degree) => degree);
const RADIAN = Math.PI / 180;

/** What each margin makes of cosθ, for every θ from 0 to π. Waits for the values. */
function curve(margin: Margin): Float32Array {
  return tf.tidy(() => {
    const cosine_B = tf.tensor1d(DEGREES.map((degree) => Math.cos(degree * RADIAN)));
    return margin(cosine_B).cosine_B.dataSync() as Float32Array;
  });
}

const line = (name: string, i: number, x: readonly number[], y: readonly (number | null)[]) => ({
  ...{ type: "scatter", mode: "lines", name, x, y },
  line: { color: COLOURS[i % COLOURS.length] },
});
const axis = (text: string, more: Record<string, unknown> = {}) => ({ title: { text }, ...more });

/**
 * Target logits over the angle: what the own identity's cosine counts for (arXiv:1801.07698, figure 4b), per unit of
 * the scale.
 */
export function targetLogitFigure(margins: readonly NamedMargin[]): Figure {
  return {
    data: margins.map(({ name, margin }, i) => line(name, i, DEGREES, [...curve(margin)].map(round))),
    layout: {
      title: { text: "Target logits" },
      xaxis: axis("θ between embedding and own identity (degrees)", { dtick: 30 }),
      yaxis: axis("logit / s"),
    },
  };
}

/**
 * Decision boundaries between two identities (arXiv:1801.07698, figure 5): for each angle θ₁ to the own one the least
 * angle θ₂ to the other at which the loss calls the embedding right, `margin(cosθ₁) = cosθ₂`. Above a line is right;
 * where none is drawn no angle would do.
 */
export function decisionBoundaryFigure(margins: readonly NamedMargin[]): Figure {
  const boundary = (value: number) => (value < -1 ? null : round(Math.acos(Math.min(1, value)) / RADIAN));
  return {
    data: margins.map(({ name, margin }, i) => line(name, i, DEGREES, [...curve(margin)].map(boundary))),
    layout: {
      title: { text: "Decision boundaries" },
      xaxis: axis("θ₁ to the own identity (degrees)", { dtick: 30, range: [0, 180] }),
      yaxis: axis("θ₂ to the other identity (degrees)", { dtick: 30, range: [0, 180] }),
    },
  };
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
