import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Figure } from "./figure.ts";
import { Html, html } from "./html.ts";
import { REPORT_STYLE } from "./report-style.ts";

/** A section of a report. */
export interface PageSection {
  readonly heading: string;
  readonly body: Html;
}

export interface Page {
  readonly title: string;
  /** A sentence under the title. */
  readonly summary?: string | undefined;
  /**
   * Makes the sections.
   *
   * @param add Takes a figure and gives the id of the element that it will be drawn in: a `div` of class `chart`.
   */
  sections(add: (figure: Figure) => string): readonly PageSection[];
}

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/**
 * A report as one HTML file with everything in it, charts drawn by plotly.js, kept from the network by its own content
 * security policy. Without JavaScript the tables remain.
 */
export function renderPage({ title, summary, sections }: Page): string {
  const figures: Figure[] = [];
  const parts = sections((figure) => {
    figures.push(figure);
    return `chart-${figures.length - 1}`;
  }).map(({ heading, body }) => html`<section><h2>${heading}</h2>${body}</section>\n`);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${new Html(REPORT_STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${summary === undefined ? undefined : html`<p>${summary}</p>`}
<noscript><p>The charts need JavaScript; the tables hold the same results in numbers.</p></noscript>
${parts}
${figures.length > 0 ? charts(figures) : undefined}
</body>
</html>
`;
  return page.text;
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
