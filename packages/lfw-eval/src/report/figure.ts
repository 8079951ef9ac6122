/** A figure as plotly.js takes it: `Plotly.newPlot(element, figure.data, figure.layout)`. */
export interface Figure {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
}

/** Told apart by people with any colour vision (Okabe and Ito, 2008). */
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/** A figure with the look of all. */
export function figure(
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
export function round(value: number): number {
  return Number(value.toPrecision(6));
}
