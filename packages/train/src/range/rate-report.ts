import { html, renderPage } from "@amface/lfw-eval";
import type { RateCurve } from "./rate-curve.ts";
import { rateFigure } from "./rate-figure.ts";

/**
 * A page about a range test: the curve, the rates that it names, and the losses in numbers.
 *
 * @param summary A sentence on what was trained.
 * @returns HTML in one file; see `renderPage` of `@amface/lfw-eval`.
 */
export function renderRateCurve(curve: Parameters<typeof rateSentence>[0], summary: string): string {
  return renderPage({
    title: "Range test of learning rates",
    summary,
    sections: (add) => [
      {
        heading: "Loss",
        body: html`<div class="chart" id="${add(rateFigure(curve))}"></div><p>${rateSentence(curve)}</p>`,
      },
      {
        heading: "Steps",
        body: html`<table><thead><tr><th class="number">learning rate</th><th class="number">loss</th><th
class="number">smoothed</th></tr></thead><tbody>${curve.points.map(
          ({ rate, loss }, i) =>
            html`<tr><td class="number">${rate.toPrecision(4)}</td><td class="number">${loss.toPrecision(6)}</td><td
class="number">${curve.smoothed[i].loss.toPrecision(6)}</td></tr>\n`,
        )}</tbody></table>`,
      },
    ],
  });
}

/** What a range test says, in a sentence. */
export function rateSentence(curve: RateCurve & { readonly stopped?: boolean }): string {
  const { points, diverged, lowest, edge, suggestion, stopped = false } = curve;
  const text = (rate: number | undefined) => (rate === undefined ? "–" : String(Number(rate.toPrecision(2))));
  const tried = `${points.length} steps from ${text(points[0]?.rate)} to ${text(points.at(-1)?.rate)}`;
  const end = [
    tried,
    ...(diverged ? ["where the loss left its course"] : []),
    ...(stopped ? ["stopped before all tests were done"] : []),
  ].join(", ");
  if (suggestion === undefined)
    return stopped ? `no suggestion yet (${end})` : `no suggestion: the loss never falls (${end})`;
  return `suggested learning rate ${text(suggestion)}: a sixtieth of ${text(edge?.rate)}, from where on the loss rises; it is lowest at ${text(lowest?.rate)} (${end})`;
}
