import type { DistanceTable } from "../pairs/distance-table.ts";
import type { Bootstrap, Interval } from "../protocol/bootstrap.ts";
import type { Comparison } from "../protocol/compare-models.ts";
import type { Evaluation } from "../protocol/evaluate.ts";
import type { GroupEvaluations } from "../protocol/evaluate-groups.ts";
import type { ErrorRate, HitRate, Subgroup } from "../protocol/subgroups.ts";
import { type Html, html } from "./html.ts";
import type { QualityBin } from "./quality.ts";

/** A model's outcome under the name that the report calls it. */
export interface ReportResult {
  readonly name: string;
  readonly evaluation: Evaluation;
  /** The pairs' distances, from which curves and histograms are drawn. */
  readonly table?: DistanceTable;
  /** Intervals and bands. */
  readonly bootstrap?: Bootstrap;
}

const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
const range = ([low, high]: Interval) => `${(100 * low).toFixed(2)} – ${(100 * high).toFixed(2)} %`;
const interval = (of: Interval | null | undefined, show = range) =>
  of == null ? undefined : html`<br><span class="few">${show(of)}</span>`;

export function accuracyTable(models: readonly ReportResult[]): Html {
  const rows = models.map(({ name, evaluation, bootstrap }) => {
    const { accuracy, auc, eer, minDcf, nistDcf, val } = evaluation;
    const area = ([low, high]: Interval) => `${low.toFixed(4)} – ${high.toFixed(4)}`;
    return html`<tr><th>${name}</th><td class="number">${percent(accuracy.mean)} ± ${percent(accuracy.std)}<br><span class="few">standard error ${percent(accuracy.standardError)}</span></td>

<td class="number">${range(accuracy.ci95)}</td>
<td class="number">${auc.toFixed(4)}${interval(bootstrap?.auc, area)}</td><td class="number">${percent(eer)}${interval(bootstrap?.eer)}</td>
<td class="number">${minDcf.value.toFixed(4)}<br><span class="few">${nistDcf.map(({ name, value }) => html`${name}: ${value.toFixed(4)}<br>`)}</span></td>
<td class="number">${percent(val.mean)} ± ${percent(val.std)}<br><span class="few">at FAR ${val.far.toPrecision(2)}</span></td></tr>\n`;
  });
  return html`<table><thead><tr><th></th><th class="number">accuracy</th><th class="number">95 % interval</th>
<th class="number">AUC</th><th class="number">EER</th><th class="number">minDCF</th><th class="number">VAL</th></tr></thead><tbody>${rows}</tbody></table>`;
}

export function tarTable(models: readonly ReportResult[]): Html {
  const fars = models[0].evaluation.tarAtFar.map(({ far }) => far);
  const rows = models.map(({ name, evaluation, bootstrap }) => {
    const cells = evaluation.tarAtFar.map(
      ({ tar }, i) =>
        html`<td class="number">${tar === null ? "–" : percent(tar)}${interval(bootstrap?.tarAtFar[i].tar)}</td>`,
    );
    return html`<tr><th>${name}</th>${cells}</tr>\n`;
  });
  const heads = fars.map((far) => html`<th class="number">FAR ${far}</th>`);
  return html`<table><thead><tr><th>TAR at</th>${heads}</tr></thead><tbody>${rows}</tbody></table>
<p>Thresholds of this table were chosen on the pairs that it describes. A dash: there are too few different pairs
to measure so small a rate.</p>`;
}

/** How the intervals and bands were made. */
export function bootstrapLine({ replicates, level, resampled, auc }: Bootstrap): Html {
  if (auc === null) return html`<p>There are no intervals of AUC, EER and TAR: people are too few.</p>`;
  const drawn =
    resampled === "identities"
      ? "people, so that pairs that share a person come and go together"
      : "pairs as if they were independent, which makes intervals too narrow where pairs share people";
  return html`<p>Intervals of AUC, EER and TAR, and the bands, hold ${100 * level} % of ${replicates} resamples of ${drawn}.</p>`;
}

export function warningList(warnings: readonly string[]): Html {
  return html`${warnings.map((warning) => html`<p class="warning">${warning}.</p>\n`)}`;
}

export function foldTable({ folds }: Evaluation): Html {
  const rows = folds.map(
    ({ accuracy, threshold }, k) => html`<tr><td>${k + 1}</td><td class="number">${percent(accuracy)}</td>
<td class="number">${threshold.toFixed(2)}</td></tr>\n`,
  );
  return html`<table><thead><tr><th>fold</th><th class="number">accuracy</th><th class="number">threshold</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** Each group's accuracy at thresholds of its own. */
export function groupTable({ groups, accuracy: over, skewedErrorRatio }: GroupEvaluations): Html {
  const rows = groups.map(
    ({ group, pairs, accuracy, auc, eer }) =>
      html`<tr><th>${group}</th><td class="number">${pairs}</td><td class="number">${percent(accuracy.mean)} ± ${percent(accuracy.std)}</td>
<td class="number">${range(accuracy.ci95)}</td><td class="number">${auc.toFixed(4)}</td><td class="number">${percent(eer)}</td></tr>\n`,
  );
  const ratio =
    skewedErrorRatio === null ? "is not known: a group has no errors" : `is ${skewedErrorRatio.toFixed(2)}`;
  return html`<table><thead><tr><th></th><th class="number">pairs</th><th class="number">accuracy</th><th class="number">95 % interval</th>
<th class="number">AUC</th><th class="number">EER</th></tr></thead><tbody>${rows}</tbody></table>
<p>Each group by folds and thresholds of its own. Over groups the accuracy is ${percent(over.mean)} ± ${percent(over.std)}; the skewed error
ratio, of the largest error to the smallest, ${ratio}.</p>`;
}

export function comparisonText({ name, ...comparison }: Comparison & { readonly name: string }): Html {
  const { accuracy, mcnemar, level, better } = comparison;
  const verdict =
    better === null
      ? "Neither is shown to be better"
      : better === "a"
        ? "This model is better"
        : `${name} is better`;
  return html`<p>${verdict}: on the same ${comparison.pairs} pairs this model tells ${percent(accuracy.a)} right and ${name}
${percent(accuracy.b)}, a difference of ${percent(accuracy.difference)} (${100 * level} % interval ${range(accuracy.interval)}). Only this
model is right on ${mcnemar.onlyA} pairs, only the other on ${mcnemar.onlyB}; McNemar's exact test gives p = ${mcnemar.pValue.toPrecision(2)}.</p>`;
}

export function subgroupTables(subgroups: Readonly<Record<string, readonly Subgroup[]>>): Html {
  const tables = Object.entries(subgroups).map(([column, groups]) => {
    const rows = groups.map(
      ({ group, fmr, fnmr }) => html`<tr><th>${group}</th>${errorCells(fmr)}${errorCells(fnmr)}</tr>\n`,
    );
    return html`<h3>${column}</h3>${hitTable(groups)}${errorTable("", rows)}`;
  });
  return html`${tables}<p>One threshold for all: the middle one of the folds', and for TAR the one that gives all pairs together the FAR.
Rates that rest on fewer than ten errors are grey. Intervals (95 %, Wilson's) take pairs for independent.</p>`;
}

/** Accuracy, and TAR at each FAR. */
function hitTable(groups: readonly Subgroup[]): Html {
  const fars = groups[0]?.tarAtFar ?? [];
  const heads = fars.map(({ far }) => html`<th class="number">TAR at FAR ${far}</th>`);
  const rows = groups.map(
    ({ group, accuracy, tarAtFar }) =>
      html`<tr><th>${group}</th><td class="number">${accuracy.pairs}</td>${[accuracy, ...tarAtFar].map(hitCell)}</tr>\n`,
  );
  return html`<table><thead><tr><th></th><th class="number">pairs</th><th class="number">accuracy</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

function hitCell({ rate, ci95 }: HitRate): Html {
  return html`<td class="number">${rate === null ? "–" : percent(rate)}${interval(rate === null ? undefined : ci95)}</td>`;
}

export function qualityTable(bins: readonly QualityBin[]): Html {
  const rows = bins.map(
    ({ from, to, fmr, fnmr }) =>
      html`<tr><th>${from.toPrecision(3)} – ${to.toPrecision(3)}</th>${errorCells(fmr)}${errorCells(fnmr)}</tr>\n`,
  );
  return errorTable("worse photo", rows);
}

function errorTable(of: string, rows: readonly Html[]): Html {
  return html`<table><thead><tr><th>${of}</th><th class="number">different pairs</th><th class="number">accepted (FMR)</th>
<th class="number">same pairs</th><th class="number">rejected (FNMR)</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function errorCells({ pairs, errors, rate, ci95, meaningful }: ErrorRate): Html {
  const shown =
    rate === null ? "–" : html`${percent(rate)} (${errors})<br><span class="few">${range(ci95)}</span>`;
  return html`<td class="number">${pairs}</td><td class="number${meaningful ? "" : " few"}">${shown}</td>`;
}

export function detailsTable(details: Readonly<Record<string, string | number | boolean>>): Html {
  const rows = Object.entries(details).map(
    ([name, value]) => html`<tr><th>${name}</th><td class="value">${String(value)}</td></tr>\n`,
  );
  return html`<table><tbody>${rows}</tbody></table>`;
}
