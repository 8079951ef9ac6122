import { type Html, html, type PageSection, renderPage } from "@amface/lfw-eval";
import { scoreCell } from "../evaluation/run-report.ts";
import type { PairedTest, RunComparison } from "./compare-runs.ts";
import { accuraciesFigure, evaluatedSets, lossesFigure, scoreOn } from "./comparison-figures.ts";

/**
 * A page that sets runs side by side: the options that differ, the scores of each run's model with their intervals, loss and
 * accuracy over the steps, and the paired tests.
 *
 * @returns HTML in one file; see `renderPage` of `@amface/lfw-eval`.
 */
export function renderComparison(comparison: RunComparison): string {
  const { runs, tests } = comparison;
  const sets = evaluatedSets(runs);
  return renderPage({
    title: `Comparison of ${runs.length} runs`,
    sections(add) {
      const chart = (figure: Parameters<typeof add>[0]) =>
        html`<div class="chart" id="${add(figure)}"></div>`;
      const sections: PageSection[] = [
        { heading: "Runs", body: runsTable(comparison, sets) },
        { heading: "Loss", body: chart(lossesFigure(runs)) },
        ...sets.map((set) => ({ heading: `Accuracy: ${set}`, body: chart(accuraciesFigure(runs, set)) })),
      ];
      if (tests.length > 0) sections.push({ heading: "Paired tests", body: testsTable(tests) });
      return sections;
    },
  });
}

/** An option's value as text; – where a run does not have it. */
export const valueText = (value: unknown): string =>
  value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);

/** One column a run: what differs, how far it went, what its model scores. */
function runsTable({ runs, differences }: RunComparison, sets: readonly string[]): Html {
  const row = (name: string, cells: readonly (Html | string)[]) =>
    html`<tr><th>${name}</th>${cells.map((cell) => (typeof cell === "string" ? html`<td class="value">${cell}</td>` : cell))}</tr>\n`;
  const rows = [
    ...differences.map(({ option, values }) => row(option, values.map(valueText))),
    row(
      "steps",
      runs.map(({ points }) => String(points.at(-1)?.step ?? 0)),
    ),
    row(
      "images/s",
      runs.map(({ summary }) => summary?.imagesPerSecond.toFixed(1) ?? "–"),
    ),
    row(
      "epoch of the model",
      runs.map(({ scores }) => String(scores?.chosen.epoch ?? "–")),
    ),
    ...sets.map((set) =>
      row(
        set,
        runs.map(({ scores }) => scoreCell(scores && scoreOn(scores.chosen, set))),
      ),
    ),
  ];
  return html`<table><thead><tr><th></th>${runs.map(({ path }) => html`<th>${path}</th>`)}</tr></thead><tbody>${rows}</tbody></table>
<p>Options that all runs share are left out. Scores are those of each run's model: chosen by held-out people, or without
them the last; accuracy over folds ± standard error and its 95 % interval, AUC and its 95 % interval by resampling people.</p>`;
}

function testsTable(tests: readonly PairedTest[]): Html {
  const rows = tests.map(({ a, b, set, comparison, reason }) => {
    const names = html`<th>${b}</th><td>${a}</td><td>${set || "distances.csv"}</td>`;
    if (!comparison) return html`<tr>${names}<td colspan="4" class="error">${reason}</td></tr>\n`;
    const { accuracy, mcnemar, pairs, better } = comparison;
    const [low, high] = accuracy.interval;
    const points = (share: number) => (100 * share).toFixed(2);
    return html`<tr>${names}<td class="number">${pairs}</td><td class="number">${points(-accuracy.difference)}<br><span
class="few">${points(-high)} to ${points(-low)}</span></td><td class="number">${mcnemar.onlyB} : ${mcnemar.onlyA}, p
${mcnemar.pValue.toPrecision(2)}</td><td>${better === null ? "not sure" : better === "b" ? "better" : "worse"}</td></tr>\n`;
  });
  return html`<table><thead><tr><th>run</th><th>against</th><th>pairs</th><th class="number">number</th><th
class="number">points of accuracy, 95 %</th><th class="number">McNemar</th><th></th></tr></thead><tbody>${rows}</tbody></table>
<p>The same pairs told by both, each at the threshold from the other folds: the difference of accuracies with its interval by
resampling people, and how many pairs only one of the two tells right. Better or worse only where both say so. Of many tests, one in
twenty seems so by chance.</p>`;
}
