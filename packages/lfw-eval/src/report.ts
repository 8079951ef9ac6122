import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Evaluation } from "./evaluate.ts";
import { distanceFigure, type Figure, type LossPoint, lossFigure, rocFigure } from "./figures.ts";
import { Html, html } from "./html.ts";
import {
  accuracyTable,
  detailsTable,
  foldTable,
  pictures,
  type ReportPair,
  type ReportResult,
  tarTable,
} from "./report-sections.ts";
import { medianThreshold } from "./worst-pairs.ts";

/** What a report shows. A section whose data are absent is left out. */
export interface ReportData {
  readonly title: string;
  /** A sentence under the title: what was trained on what, in how long. */
  readonly summary?: string;
  /** The model that the report is about. */
  readonly result: ReportResult;
  /** What it is held against, such as the untrained net or the raw pixels. */
  readonly baselines?: readonly ReportResult[];
  /** The training's loss. */
  readonly loss?: readonly LossPoint[];
  /** The hardest pairs with their pictures, the worst first; `worstPairs` finds them. */
  readonly worstPairs?: readonly ReportPair[];
  /** Settings, versions, seeds, seconds: name and value in the order in which they are shown. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A page that shows an evaluation: accuracy beside its baselines, folds, ROC, distances, training loss,
 * worst pairs as pictures, settings. It is one file with everything in it, charts drawn by plotly.js, and is
 * kept from the network by its own content security policy. Without JavaScript the tables remain.
 *
 * @returns HTML; `writeFileAtomic` of `@amface/images` puts it on disk.
 */
export function renderReport(data: ReportData): string {
  const { title, summary, result, baselines = [], loss = [], worstPairs = [], details = {} } = data;
  const models = [result, ...baselines];
  const withPairs = models.flatMap(({ name, table }) => (table === undefined ? [] : [{ name, ...table }]));
  const figures: Figure[] = [];
  const chart = (figure: Figure) => {
    figures.push(figure);
    return html`<div class="chart" id="chart-${figures.length - 1}"></div>`;
  };
  const section = (heading: string, shown: boolean, body: () => Html) =>
    shown ? html`<section><h2>${heading}</h2>${body()}</section>\n` : undefined;

  const sections = [
    section("Accuracy", true, () => html`${accuracyTable(models)}${countLine(result.evaluation)}`),
    section("ROC", true, () => {
      const figure = withPairs.length > 0 ? chart(rocFigure(withPairs)) : undefined;
      return html`${figure}${tarTable(models)}`;
    }),
    section("Distances", result.table !== undefined, () => {
      const { distances, issame } = result.table!;
      return chart(distanceFigure(distances, issame, medianThreshold(result.evaluation)));
    }),
    section("Folds", true, () => foldTable(result.evaluation)),
    section("Training", loss.length > 0, () => html`${lossLine(loss)}${chart(lossFigure(loss))}`),
    section("Worst pairs", worstPairs.length > 0, () => pictures(worstPairs)),
    section("Details", Object.keys(details).length > 0, () => detailsTable(details)),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${summary === undefined ? undefined : html`<p>${summary}</p>`}
<noscript><p>The charts need JavaScript; the tables hold the same results in numbers.</p></noscript>
${sections}
${figures.length > 0 ? charts(figures) : undefined}
</body>
</html>
`;
  return page.text;
}

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; font-weight: 600; }
h2 { margin: 2.5rem 0 .75rem; border-bottom: 1px solid #ddd; padding-bottom: .25rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid #eee; vertical-align: top; }
th { font-weight: 600; }
td.number, th.number { text-align: right; }
td.value { overflow-wrap: anywhere; }
.chart { height: 26rem; margin: 1rem 0; }
.pairs { display: flex; flex-wrap: wrap; gap: 1rem; }
.pairs figure { margin: 0; width: 14rem; }
.pairs img { height: 8rem; width: 6.8rem; object-fit: cover; margin-right: .2rem; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; }
`;

function countLine({ pairs, skippedPairs, folds }: Evaluation): Html {
  const skipped = skippedPairs > 0 ? `; ${skippedPairs} more were left out because a photo is missing` : "";
  return html`<p>${pairs} pairs in ${folds.length} folds${skipped}. The threshold of each fold was chosen on the other
folds. ± is the standard deviation over folds; the interval is that of the mean.</p>`;
}

function lossLine(loss: readonly LossPoint[]): Html {
  const show = ({ step, loss }: LossPoint) => `${loss.toPrecision(4)} at step ${step}`;
  return html`<p>Loss ${show(loss[0])}, ${show(loss[loss.length - 1])}.</p>`;
}

/** plotly.js itself and one call a figure; the page's headings stand for the figures' titles. No text of the report can end the script: "<" is written \u003c. */
function charts(figures: readonly Figure[]): Html {
  const plotly = readFileSync(createRequire(import.meta.url).resolve("plotly.js-basic-dist-min"), "utf8");
  const json = JSON.stringify(figures).replaceAll("<", "\\u003c");
  return new Html(`<script>${plotly}</script>
<script>
${json}.forEach((figure, i) =>
  Plotly.newPlot("chart-" + i, figure.data, { ...figure.layout, title: undefined, margin: { t: 40 } }, { responsive: true, displaylogo: false }));
</script>`);
}
