import { type Html, html, type PageSection, renderPage, type Summary } from "@amface/lfw-eval";
import { scoresFigure, type TrainingPoint, trainingFigure } from "./run-figures.ts";
import { runScores, type ScoreRow, scoreRows } from "./run-scores.ts";
import type { EpochScores, Score } from "./score.ts";
import type { TrainSummary } from "./train-summary.ts";

/** What the report of a run shows. */
export interface RunReportData {
  readonly title: string;
  /** A sentence under the title. */
  readonly summary: string;
  readonly history: readonly EpochScores[];
  readonly points: readonly TrainingPoint[];
  /** Settings: name and value. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A page about a run: the last, the chosen and the best state side by side with their intervals, the latter marked as
 * optimistic; accuracy over the epochs; loss and target cosine; the settings.
 *
 * @returns HTML in one file; see `renderPage` of `@amface/lfw-eval`.
 */
export function renderRunReport({ title, summary, history, points, details }: RunReportData): string {
  const scores = runScores(history);
  return renderPage({
    title,
    summary,
    sections(add) {
      const chart = (figure: Parameters<typeof add>[0]) =>
        html`<div class="chart" id="${add(figure)}"></div>`;
      const sections: PageSection[] = [];
      if (scores !== undefined) {
        const chosen = scores.chosenBy === "validation" ? scores.chosen : undefined;
        const body = html`${scoresTable(scoreRows(scores))}${chart(scoresFigure(history, chosen))}`;
        sections.push({ heading: "Scores", body });
      }
      if (points.length > 0) sections.push({ heading: "Training", body: chart(trainingFigure(points)) });
      sections.push({ heading: "Settings", body: detailsTable(details) });
      return sections;
    },
  });
}

function scoresTable(rows: readonly ScoreRow[]): Html {
  const tests = Object.keys(rows[0].scores.tests);
  const hasValidation = rows.some(({ scores }) => scores.validation !== undefined);
  const head = [...(hasValidation ? ["validation"] : []), ...tests];
  const lines = rows.map(({ name, optimistic, scores }) => {
    const cells = head.map((set) => scoreCell(set === "validation" ? scores.validation : scores.tests[set]));
    const note = optimistic
      ? html`<br><span class="error">optimistic: chosen on these very pairs</span>`
      : undefined;
    return html`<tr><th>${name}${note}</th><td class="number">${scores.epoch}</td>${cells}</tr>\n`;
  });
  const heads = head.map((set) => html`<th class="number">${set}</th>`);
  return html`<table><thead><tr><th></th><th class="number">epoch</th>${heads}</tr></thead><tbody>${lines}</tbody></table>
<p>Accuracy over folds ± standard error and its 95 % interval; AUC and its 95 % interval by resampling people. Pairs of
people held out of the training choose the model; test sets only watch.</p>`;
}

export function scoreCell(score: Score | undefined): Html {
  if (score === undefined) return html`<td class="number">–</td>`;
  const { accuracy, auc, aucCi95, pairs, skippedPairs } = score;
  const skipped = skippedPairs > 0 ? `, ${skippedPairs} skipped` : "";
  return html`<td class="number">${accuracyText(accuracy)}<br><span class="few">${percent(accuracy.ci95[0])} –
${percent(accuracy.ci95[1])} %</span><br>AUC ${auc.toFixed(4)}<br><span class="few">${aucCi95 ? `${aucCi95[0].toFixed(4)} – ${aucCi95[1].toFixed(4)}` : "no interval: too few people"}</span><br><span class="few">${pairs} pairs${skipped}</span></td>`;
}

const percent = (rate: number) => (100 * rate).toFixed(2);

/** `98.82 ± 0.15 %`: the mean and its standard error. */
export function accuracyText({ mean, standardError }: Summary): string {
  return `${percent(mean)} ± ${percent(standardError)} %`;
}

/** One sentence on what was trained, for the report's head. */
export function runSentence(net: string, summary: TrainSummary): string {
  const { photos, identities, heldOutIdentities, steps, epochs, seconds, imagesPerSecond, engine } = summary;
  const held = heldOutIdentities ? `, ${heldOutIdentities} more held out` : "";
  const on = engine === undefined ? "" : ` on ${engine}`;
  return (
    `${net} on ${photos} photos of ${identities} identities${held}: ${steps} steps, ${epochs} epochs in ` +
    `${seconds.toFixed(0)} s (${imagesPerSecond.toFixed(1)} images/s)${on}.`
  );
}

function detailsTable(details: RunReportData["details"]): Html {
  const rows = Object.entries(details).map(
    ([name, value]) => html`<tr><th>${name}</th><td class="value">${String(value)}</td></tr>\n`,
  );
  return html`<table><tbody>${rows}</tbody></table>`;
}
