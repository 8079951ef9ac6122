import type { DistanceTable } from "../pairs/distance-table.ts";
import { countBelow, gridThreshold } from "../protocol/threshold-grid.ts";
import { Html, html } from "./html.ts";

/** Steps of the slider: 0, 0.01, … 3.99. */
const SLIDER_GRID = { perUnit: 100 };

/**
 * Confusion counts at a threshold, and a slider that moves it. Without JavaScript the counts at the first threshold
 * remain.
 *
 * @param chart Id of a histogram of distances, whose line moves along.
 */
export function thresholdSlider(
  { distances, issame }: DistanceTable,
  threshold: number,
  chart: string,
): Html {
  const of = (same: boolean) => distances.filter((_, p) => issame[p] === same);
  const [sameDistances, differentDistances] = [of(true), of(false)];
  const same = countBelow(sameDistances, SLIDER_GRID);
  const different = countBelow(differentDistances, SLIDER_GRID);
  const start = Math.min(same.length - 1, Math.round(threshold * SLIDER_GRID.perUnit));
  const totals = { same: sameDistances.length, different: differentDistances.length };
  const cells = confusion(same[start], different[start], totals);
  const row = (name: string, keys: readonly string[]) =>
    html`<tr><th>${name}</th>${keys.map((key) => html`<td class="number" id="${key}">${cells[key]}</td>`)}</tr>\n`;
  const data = JSON.stringify({
    same: [...same],
    different: [...different],
    totals,
    perUnit: SLIDER_GRID.perUnit,
    chart,
  });
  return html`<div class="slider"><label for="threshold">threshold</label>
<input type="range" id="threshold" min="0" max="${same.length - 1}" value="${start}">
<output id="threshold-value">${gridThreshold(SLIDER_GRID, start).toFixed(2)}</output></div>
<table><thead><tr><th></th><th class="number">accepted</th><th class="number">rejected</th><th class="number">share told right</th></tr></thead><tbody>
${row("same person", ["same-accepted", "same-rejected", "tar"])}${row("different people", ["different-accepted", "different-rejected", "tnr"])}</tbody></table>
<p>Accuracy <span id="accuracy">${cells.accuracy}</span>, FAR <span id="far">${cells.far}</span> at this threshold.</p>
${new Html(`<script>\n(${follow})(${data}, ${confusion});\n</script>`)}`;
}

/** The numbers of the table by the ids of their cells. Also runs in the page, so it refers to nothing outside. */
function confusion(
  same: number,
  different: number,
  totals: { readonly same: number; readonly different: number },
): Record<string, string> {
  const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
  return {
    "same-accepted": String(same),
    "same-rejected": String(totals.same - same),
    "different-accepted": String(different),
    "different-rejected": String(totals.different - different),
    tar: percent(same / totals.same),
    tnr: percent(1 - different / totals.different),
    accuracy: percent((same + totals.different - different) / (totals.same + totals.different)),
    far: percent(different / totals.different),
  };
}

/** Runs in the page. */
const follow = `function (data, confusion) {
  const slider = document.getElementById("threshold");
  slider.addEventListener("input", () => {
    const at = Number(slider.value), threshold = at / data.perUnit;
    document.getElementById("threshold-value").textContent = threshold.toFixed(2);
    const cells = confusion(data.same[at], data.different[at], data.totals);
    for (const [id, text] of Object.entries(cells)) document.getElementById(id).textContent = text;
    const chart = document.getElementById(data.chart);
    if (chart && window.Plotly) Plotly.relayout(chart, { "shapes[0].x0": threshold, "shapes[0].x1": threshold,
      "annotations[0].x": threshold, "annotations[0].text": "threshold " + threshold.toFixed(2) });
  });
}`;
