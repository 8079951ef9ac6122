/** Every margin in float64 and plain loops, by the papers' equations, written apart from the tensor code. */

import type { MagFaceOptions } from "../src/mod.ts";
import type { Matrix } from "./reference.ts";

export interface MarginCase {
  readonly embeddings: Matrix;
  readonly head: Matrix;
  readonly labels: readonly number[];
}

/** θ in [0, π] and the length of the embedding as it was given → what takes the place of cosθ. */
export type ReferenceMargin = (theta: number, length: number) => number;

/** How logits are made of cosines: `s·cosθ`, `‖x‖·cosθ`, or without any normalisation. */
export interface ReferenceLoss {
  readonly margin: ReferenceMargin;
  readonly scale: number | "length" | "plain";
  /** `still` where a margin takes lengths without a gradient. */
  readonly lengths?: "still";
}

export const REFERENCE = {
  none: (theta: number) => Math.cos(theta),
  cosFace: (m: number) => (theta: number) => Math.cos(theta) - m,
  arcFace: (m: number) => (theta: number) =>
    theta + m < Math.PI ? Math.cos(theta + m) : Math.cos(theta) - m * Math.sin(m),
  arcFaceEasy: (m: number) => (theta: number) =>
    theta < Math.PI / 2 ? Math.cos(theta + m) : Math.cos(theta),
  sphereFace: (m: number, lambda: number) => (theta: number) => {
    const k = Math.min(m - 1, Math.floor((m * theta) / Math.PI));
    return (lambda * Math.cos(theta) + (-1) ** k * Math.cos(m * theta) - 2 * k) / (1 + lambda);
  },
  combined: (m1: number, m2: number, m3: number) => (theta: number) => {
    const k = Math.floor((m1 * theta + m2) / Math.PI);
    return (-1) ** k * Math.cos(m1 * theta + m2) - 2 * k - m3;
  },
  adaFace: (m: number, h: number, mean: number, deviation: number) => (theta: number, length: number) => {
    const quality = Math.min(1, Math.max(-1, ((length - mean) / (deviation + 1e-3)) * h));
    return Math.cos(Math.min(Math.PI, Math.max(0, theta - m * quality))) - (m * quality + m);
  },
  magFace:
    ({ lowerLength: low, upperLength: high, lowerMargin, upperMargin }: Required<MagFaceOptions>) =>
    (theta: number, length: number) => {
      const share = (Math.min(high, Math.max(low, length)) - low) / (high - low);
      const m = lowerMargin + share * (upperMargin - lowerMargin);
      return theta + m < Math.PI ? Math.cos(theta + m) : Math.cos(theta) - m * Math.sin(m);
    },
} as const;

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const columns = (head: Matrix) => head[0].map((_, n) => head.map((row) => row[n]));

/** @param given The case before anything was shifted, whose lengths count where they are still. */
export function logitsOf(
  { embeddings, head, labels }: MarginCase,
  loss: ReferenceLoss,
  given: MarginCase,
): Matrix {
  return embeddings.map((x, b) =>
    columns(head).map((w, n) => {
      if (loss.scale === "plain") return dot(x, w);
      const length = Math.hypot(...x);
      const cosine = Math.min(1, Math.max(-1, dot(x, w) / (length * Math.hypot(...w))));
      const itsLength = loss.lengths === "still" ? Math.hypot(...given.embeddings[b]) : length;
      const value = n === labels[b] ? loss.margin(Math.acos(cosine), itsLength) : cosine;
      return value * (loss.scale === "length" ? length : loss.scale);
    }),
  );
}

export function lossOf(shifted: MarginCase, loss: ReferenceLoss, given = shifted): number {
  const losses = logitsOf(shifted, loss, given).map((row, b) => {
    const top = Math.max(...row);
    return top + Math.log(row.reduce((total, z) => total + Math.exp(z - top), 0)) - row[shifted.labels[b]];
  });
  return losses.reduce((total, value) => total + value, 0) / losses.length;
}

/** Central differences of the loss by every element of `of`. */
export function gradientOf(
  given: MarginCase,
  loss: ReferenceLoss,
  of: "embeddings" | "head",
  step = 1e-6,
): Matrix {
  const at = (i: number, j: number, by: number) => {
    const values = given[of].map((row, r) => row.map((x, c) => (r === i && c === j ? x + by : x)));
    return lossOf({ ...given, [of]: values }, loss, given);
  };
  return given[of].map((row, i) => row.map((_, j) => (at(i, j, step) - at(i, j, -step)) / (2 * step)));
}
