import type { PageSection, SearchRate } from "@amface/lfw-eval";
import { cmcFigure, type Figure, html } from "@amface/lfw-eval";
import type { EvalContext, EvalValues } from "../eval-options.ts";

/** A protocol that is no list of pairs. */
export interface Protocol<R> {
  evaluate(values: EvalValues, context: EvalContext): Promise<Evaluated<R>>;
  /** What a person reads. */
  render(result: R): string;
}

export interface Evaluated<R> {
  /** What `--json` gives. */
  readonly result: R;
  /**
   * The report.
   *
   * @param add As `renderPage` has it.
   */
  sections(add: (figure: Figure) => string): PageSection[];
}

/** Bounds of a rate. */
export const range = ([low, high]: readonly [number, number]) => `${low.toFixed(4)} to ${high.toFixed(4)}`;

/** A rate with its interval. */
export const shown = ({ rate, ci95 }: SearchRate) =>
  Number.isNaN(rate) ? "no probes" : `${rate.toFixed(4)} (${range(ci95)})`;

/** Rows of a table with a heading; the first column is what the row is of. */
export function tableOf(heads: readonly string[], rows: readonly (readonly (string | number)[])[]) {
  const head = heads.map((name, i) => html`<th class="${i > 0 ? "number" : ""}">${name}</th>`);
  const body = rows.map(
    ([name, ...cells]) =>
      html`<tr><th>${name}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>\n`,
  );
  return html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The section of ranks: a table and the CMC. */
export function ranksSection(
  ranks: Readonly<Record<string, SearchRate>>,
  cmc: readonly number[],
  add: (figure: Figure) => string,
): PageSection {
  const rows = Object.entries(ranks).map(([name, rate]) => [name, shown(rate)]);
  const chart = html`<div class="chart" id="${add(cmcFigure([{ name: "CMC", cmc }]))}"></div>`;
  const note = html`<p>Intervals (95 %, Wilson's) take probes for independent.</p>`;
  return {
    heading: "Identification",
    body: html`${tableOf(["within", "identified"], rows)}${note}${chart}`,
  };
}
