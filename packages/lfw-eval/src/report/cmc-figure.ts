import { COLOURS, type Figure, figure, round } from "./figure.ts";
import { escapeHtml } from "./html.ts";

/** A model's cumulative match characteristic under the name that the legend shows. */
export interface NamedCmc {
  readonly name: string;
  /** At k − 1 the share of probes identified within rank k. */
  readonly cmc: ArrayLike<number>;
}

/** CMC (cumulative match characteristic) of one or more models: the share of probes identified over the rank, on a logarithmic axis. */
export function cmcFigure(models: readonly NamedCmc[], ranks = 100): Figure {
  const data = models.map(({ name, cmc }, i) => {
    const rates = Array.from(cmc).slice(0, ranks);
    return {
      type: "scatter",
      mode: rates.length > 1 ? "lines" : "markers",
      name: escapeHtml(name),
      x: rates.map((_, k) => k + 1),
      y: rates.map(round),
      line: { color: COLOURS[i % COLOURS.length], shape: "hv" },
      hovertemplate: "rank %{x}<br>%{y:.4f}",
    };
  });
  return figure("CMC", "rank", "identified within it", data, {
    xaxis: { type: "log", tickvals: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  });
}
