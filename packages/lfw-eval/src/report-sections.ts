import type { DistanceTable } from "./distance-table.ts";
import type { Evaluation } from "./evaluate.ts";
import { type Html, html } from "./html.ts";

/** A model's outcome under the name that the report calls it. */
export interface ReportResult {
  readonly name: string;
  readonly evaluation: Evaluation;
  /** The pairs' distances, from which ROC and histograms are drawn. */
  readonly table?: DistanceTable;
}

/** A picture as a file's bytes. */
export interface ReportPicture {
  readonly name: string;
  /** PNG or JPEG. */
  readonly bytes: Uint8Array;
}

export interface ReportPair {
  readonly a: ReportPicture;
  readonly b: ReportPicture;
  readonly same: boolean;
  /** Squared distance. */
  readonly distance: number;
}

const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;

export function accuracyTable(models: readonly ReportResult[]): Html {
  const rows = models.map(({ name, evaluation: { accuracy, auc, eer, val } }) => {
    const [low, high] = accuracy.ci95.map((rate) => (100 * rate).toFixed(2));
    return html`<tr><th>${name}</th><td class="number">${percent(accuracy.mean)} ± ${percent(accuracy.std)}</td>
<td class="number">${low} – ${high} %</td><td class="number">${auc.toFixed(4)}</td><td class="number">${percent(eer)}</td>
<td class="number">${percent(val.mean)} ± ${percent(val.std)} at FAR ${val.far.toPrecision(2)}</td></tr>\n`;
  });
  return html`<table><thead><tr><th></th><th class="number">accuracy</th><th class="number">95 % interval</th>
<th class="number">AUC</th><th class="number">EER</th><th class="number">VAL</th></tr></thead><tbody>${rows}</tbody></table>`;
}

export function tarTable(models: readonly ReportResult[]): Html {
  const fars = models[0].evaluation.tarAtFar.map(({ far }) => far);
  const rows = models.map(({ name, evaluation }) => {
    const cells = evaluation.tarAtFar.map(
      ({ tar }) => html`<td class="number">${tar === null ? "–" : percent(tar)}</td>`,
    );
    return html`<tr><th>${name}</th>${cells}</tr>\n`;
  });
  const heads = fars.map((far) => html`<th class="number">FAR ${far}</th>`);
  return html`<table><thead><tr><th>TAR at</th>${heads}</tr></thead><tbody>${rows}</tbody></table>
<p>Thresholds of this table were chosen on the pairs that it describes. A dash: there are too few different pairs
to measure so small a rate.</p>`;
}

export function foldTable({ folds }: Evaluation): Html {
  const rows = folds.map(
    ({ accuracy, threshold }, k) => html`<tr><td>${k + 1}</td><td class="number">${percent(accuracy)}</td>
<td class="number">${threshold.toFixed(2)}</td></tr>\n`,
  );
  return html`<table><thead><tr><th>fold</th><th class="number">accuracy</th><th class="number">threshold</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

export function pictures(pairs: readonly ReportPair[]): Html {
  const figures = pairs.map(({ a, b, same, distance }) => {
    return html`<figure>${picture(a)}${picture(b)}
<figcaption>${same ? "same person" : "different people"}, distance ${distance.toFixed(2)}<br>${a.name}<br>${b.name}</figcaption></figure>\n`;
  });
  return html`<div class="pairs">${figures}</div>`;
}

function picture({ name, bytes }: ReportPicture): Html {
  const type = bytes[0] === 0x89 ? "image/png" : "image/jpeg";
  return html`<img alt="${name}" src="data:${type};base64,${Buffer.from(bytes).toString("base64")}">`;
}

export function detailsTable(details: Readonly<Record<string, string | number | boolean>>): Html {
  const rows = Object.entries(details).map(
    ([name, value]) => html`<tr><th>${name}</th><td class="value">${String(value)}</td></tr>\n`,
  );
  return html`<table><tbody>${rows}</tbody></table>`;
}
