import { FIGURE_COLOURS, type Figure, figure, roundForFigure as round } from "@amface/lfw-eval";
import type { RateCurve, RatePoint } from "./rate-curve.ts";

/** The losses of a range test over the learning rate, smoothed as well, with the suggested rate. */
export function rateFigure({ points, smoothed, suggestion }: RateCurve): Figure {
  const trace = (name: string, of: readonly RatePoint[], look: object) => ({
    ...{ type: "scatter", name, x: of.map(({ rate }) => round(rate)), y: of.map(({ loss }) => round(loss)) },
    ...look,
  });
  const data = [
    trace("a step", points, { mode: "markers", marker: { color: FIGURE_COLOURS[5], size: 5 } }),
    trace("smoothed", smoothed, { mode: "lines", line: { color: FIGURE_COLOURS[0] } }),
  ];
  const mark = suggestion !== undefined && {
    shapes: [
      {
        ...{ type: "line", x0: suggestion, x1: suggestion, yref: "paper", y0: 0, y1: 1 },
        line: { color: FIGURE_COLOURS[1], dash: "dot", width: 2 },
      },
    ],
    annotations: [
      {
        // Of a logarithmic axis plotly.js wants a shape's place as it is and an annotation's as its logarithm.
        ...{ x: Math.log10(suggestion), yref: "paper", y: 1, yanchor: "bottom", showarrow: false },
        text: suggestion.toPrecision(2),
      },
    ],
  };
  // The last steps may be so high that nothing else is seen.
  const [low, high] = [Math.min, Math.max].map((of) => of(...smoothed.map(({ loss }) => loss)));
  const first = smoothed[0]?.loss ?? 1;
  const top = Math.min(high, first + 1.5 * (first - low));
  const range = top > low ? { range: [low - 0.1 * (top - low), top + 0.1 * (top - low)] } : {};
  return figure("Range test", "learning rate", "loss", data, {
    ...{ xaxis: { type: "log", exponentformat: "power" }, yaxis: range, ...mark },
  });
}
