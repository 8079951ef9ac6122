import type { Comparison } from "../protocol/compare-models.ts";
import type { Evaluation } from "../protocol/evaluate.ts";
import type { GroupEvaluations } from "../protocol/evaluate-groups.ts";
import type { Subgroup } from "../protocol/subgroups.ts";
import { medianThreshold } from "../protocol/worst-pairs.ts";
import { errorAtlas, type ReportPair } from "./error-atlas.ts";
import type { Figure } from "./figure.ts";
import { detFigure, distanceFigure, type LossPoint, lossFigure, rocFigure } from "./figures.ts";
import { type Html, html } from "./html.ts";
import { type Quality, qualityFigure, qualityRates } from "./quality.ts";
import { type PageSection, renderPage } from "./report-page.ts";
import {
  accuracyTable,
  bootstrapLine,
  comparisonText,
  detailsTable,
  foldTable,
  groupTable,
  qualityTable,
  type ReportResult,
  subgroupTables,
  tarTable,
  warningList,
} from "./report-sections.ts";
import { thresholdSlider } from "./threshold-slider.ts";

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
  /** The model on the same pairs as another one, as `compareModels` gives it. */
  readonly comparison?: Comparison & { readonly name: string };
  /** Error rates of groups, by attribute, as `subgroupRates` gives them. */
  readonly subgroups?: Readonly<Record<string, readonly Subgroup[]>>;
  /** Groups that were each evaluated alone, as `evaluateGroups` gives them. */
  readonly groups?: GroupEvaluations | undefined;
  /** The hardest pairs with their pictures, the worst first; `worstPairs` finds them. */
  readonly worstPairs?: readonly ReportPair[];
  /** What is known of the photos' alignment; the result's table must name its photos. */
  readonly qualities?: readonly Quality[];
  /** Settings, versions, seeds, seconds: name and value in the order in which they are shown. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A page that shows an evaluation: accuracy beside its baselines, ROC and DET with their bands, distances with a
 * threshold to move, folds, groups, the worst pairs as pictures, the effect of alignment, training loss, settings; see
 * `renderPage`.
 *
 * @returns HTML; `writeFileAtomic` of `@amface/images` puts it on disk.
 * @throws {RangeError} When there are qualities and the result's table does not name its photos.
 */
export function renderReport(data: ReportData): string {
  const { title, summary } = data;
  return renderPage({ title, summary, sections: (add) => reportSections(data, add) });
}

/** @param add Takes a figure and gives the id of the element that it will be drawn in. */
function reportSections(data: ReportData, add: (figure: Figure) => string): PageSection[] {
  const { result, baselines = [], comparison, subgroups = {}, worstPairs = [], qualities = [] } = data;
  const { loss = [], details = {}, groups } = data;
  const { evaluation, table, bootstrap } = result;
  const models = [result, ...baselines];
  const withPairs = models.flatMap(({ name, table, bootstrap }) =>
    table === undefined ? [] : [{ name, ...table, bootstrap }],
  );
  const threshold = medianThreshold(evaluation);
  const place = (id: string) => html`<div class="chart" id="${id}"></div>`;
  const chart = (figure: Figure) => place(add(figure));
  const section = (heading: string, shown: boolean, body: () => Html) =>
    shown ? [{ heading, body: body() }] : [];
  return [
    section(
      "Accuracy",
      true,
      () => html`${accuracyTable(models)}${countLine(evaluation)}${warningList(evaluation.warnings)}`,
    ),
    section("ROC", true, () => {
      const figure = withPairs.length > 0 ? chart(rocFigure(withPairs)) : undefined;
      return html`${figure}${tarTable(models)}${bootstrap && bootstrapLine(bootstrap)}`;
    }),
    section("DET", withPairs.length > 0, () => chart(detFigure(withPairs))),
    section("Distances", table !== undefined, () => {
      const id = add(distanceFigure(table!.distances, table!.issame, threshold));
      return html`${place(id)}${thresholdSlider(table!, threshold, id)}`;
    }),
    section("Folds", true, () => foldTable(evaluation)),
    section("Against another model", comparison !== undefined, () => comparisonText(comparison!)),
    section("Groups alone", groups !== undefined, () => groupTable(groups!)),
    section("Groups", Object.keys(subgroups).length > 0, () => subgroupTables(subgroups)),
    section("Worst pairs", worstPairs.length > 0, () => errorAtlas(worstPairs, threshold)),
    section("Alignment", table !== undefined && qualities.length > 0, () => {
      const parts = qualities.map((quality) => {
        const bins = qualityRates(table!, quality, threshold);
        const rates = bins.length > 0 ? qualityTable(bins) : undefined;
        return html`<h3>${quality.name}</h3>${chart(qualityFigure(table!, quality))}${rates}`;
      });
      return html`${parts}`;
    }),
    section("Training", loss.length > 0, () => html`${lossLine(loss)}${chart(lossFigure(loss))}`),
    section("Details", Object.keys(details).length > 0, () => detailsTable(details)),
  ].flat();
}

function countLine({ pairs, skippedPairs, folds }: Evaluation): Html {
  const skipped = skippedPairs > 0 ? `; ${skippedPairs} more were left out because a photo is missing` : "";
  return html`<p>${pairs} pairs in ${folds.length} folds${skipped}. The threshold of each fold was chosen on the other
folds. ± is the standard deviation over folds; the interval is that of the mean.</p>`;
}

function lossLine(loss: readonly LossPoint[]): Html {
  const show = ({ step, loss }: LossPoint) => `${loss.toPrecision(4)} at step ${step}`;
  return html`<p>Loss ${show(loss[0])}, ${show(loss[loss.length - 1])}.</p>`;
}
