import {
  type Embeddings,
  type Figure,
  html,
  type IjbLists,
  type NamedTemplates,
  type NistDcf,
  type PageSection,
  type Roc,
  readIjb,
  rocFigure,
  type SearchRate,
  searchTemplates,
  type TemplatePairs,
  type TemplateSearch,
  type TemplateVerification,
  unitRows,
  verifyTemplates,
} from "@amface/lfw-eval";
import { POOLINGS, type Pooling } from "../eval-options.ts";
import { poolPhotos } from "./pool-photos.ts";
import { type Protocol, range, ranksSection, shown, tableOf } from "./protocol.ts";

/** Result of `--protocol ijb`. */
export interface IjbResult {
  readonly protocol: "ijb";
  readonly set: "IJB-B" | "IJB-C";
  readonly photos: number;
  readonly templates: number;
  /** Photos that were missing or could not be read, and templates that have no others. */
  readonly skippedPhotos: number;
  readonly skippedTemplates: number;
  readonly pooling: Pooling;
  readonly verification: Omit<TemplateVerification, "roc">;
  /** Absent where the lists of the search are. */
  readonly search?: TemplateSearch;
}

/** Templates of IJB-B or IJB-C, compared by the list of pairs and searched in the galleries. */
export const ijbProtocol: Protocol<IjbResult> = {
  async evaluate(values, context) {
    const { lists: dir, pooling } = values;
    const lists = await readIjb(dir!);
    const { photos, templateIds, pairs } = lists;
    context.reporter.say(
      `${lists.name}: ${photos.length} photos in ${templateIds.length} templates, ${pairs.same.length} pairs`,
    );
    const { templates, skipped } = await poolPhotos(lists, POOLINGS[pooling], values, context);
    const empty = emptyRows(templates);
    if (skipped.length > 0) {
      context.reporter.warn(
        `${skipped.length} of ${photos.length} photos are missing or cannot be read, such as ${photos[skipped[0]]}; ` +
          `${empty.size} templates have no others and are left out`,
      );
    }
    // What is left out must have a length to be read; no pair and no list of the search has it any more.
    for (const row of empty) templates.data[row * templates.size] = 1;
    const search = lists.search && searchWithout(lists.search, empty);
    const { roc, ...verification } = verifyTemplates(unitRows(templates), pairsWithout(pairs, empty));
    const result: IjbResult = {
      protocol: "ijb",
      set: lists.name,
      photos: photos.length,
      templates: templateIds.length,
      skippedPhotos: skipped.length,
      skippedTemplates: empty.size,
      pooling,
      verification,
      ...(search && { search: searchTemplates(templates, search) }),
    };
    return { result, sections: (add) => sectionsOf(result, roc, add) };
  },
  render({ set, photos, templates, skippedPhotos, verification, search }) {
    const { pairs, eer, auc, nistDcf } = verification;
    return [
      `${set.padEnd(11)}${photos} photos in ${templates} templates${skippedPhotos > 0 ? `, ${skippedPhotos} photos skipped` : ""}`,
      `pairs      ${pairs.same} same and ${pairs.different} different`,
      ...tarRows(verification).map(([far, tar]) => `TAR        ${tar} at FAR ${far}`),
      `AUC        ${auc.toFixed(6)}`,
      `EER        ${eer.toFixed(4)}`,
      ...dcfRows(nistDcf).map(([name, value]) => `minDCF     ${value} (${name})`),
      ...(search
        ? Object.entries(ranksOf(search)).map(([name, rate]) => `${name.padEnd(11)}${shown(rate)}`)
        : []),
      ...(search
        ? openSetRows(search).map(
            ([gallery, fpir, tpir]) => `TPIR       ${tpir} at FPIR ${fpir} in ${gallery}`,
          )
        : []),
    ].join("\n");
  },
};

/** Rows of templates without a photo. */
function emptyRows({ data, size }: Embeddings): ReadonlySet<number> {
  const rows = Array.from({ length: data.length / size }, (_, row) => row);
  return new Set(
    rows.filter((row) => data.subarray(row * size, (row + 1) * size).every((value) => value === 0)),
  );
}

function pairsWithout(pairs: TemplatePairs, empty: ReadonlySet<number>): TemplatePairs {
  if (empty.size === 0) return pairs;
  const { a, b, same } = pairs;
  const kept = (_: number, p: number) => !empty.has(a[p]) && !empty.has(b[p]);
  return { a: a.filter(kept), b: b.filter(kept), same: same.filter(kept) };
}

function searchWithout(
  { galleries, probes }: NonNullable<IjbLists["search"]>,
  empty: ReadonlySet<number>,
): NonNullable<IjbLists["search"]> {
  const without = ({ name, templates, subjects }: NamedTemplates): NamedTemplates => ({
    name,
    templates: templates.filter((row) => !empty.has(row)),
    subjects: subjects.filter((_, i) => !empty.has(templates[i])),
  });
  return { galleries: galleries.map(without), probes: without(probes) };
}

function sectionsOf(
  { set, verification, search }: IjbResult,
  roc: Roc,
  add: (figure: Figure) => string,
): PageSection[] {
  const { pairs, nistDcf, warnings } = verification;
  const chart = html`<div class="chart" id="${add(rocFigure([{ name: set, roc, pairs }]))}"></div>`;
  const body = html`${chart}${tableOf(["FAR", "TAR"], tarRows(verification))}
<p>${pairs.same} same and ${pairs.different} different pairs of templates. Thresholds were chosen on these pairs; intervals (95 %,
Wilson's) take them for independent.</p>${warnings.map((warning) => html`<p class="warning">${warning}.</p>`)}
${tableOf(["smallest cost", "minDCF"], dcfRows(nistDcf))}`;
  const verified = { heading: "Verification (1:1)", body };
  if (search === undefined) return [verified];
  const open = tableOf(["gallery", "FPIR", "TPIR at rank 1"], openSetRows(search));
  return [
    verified,
    ranksSection(ranksOf(search), search.closedSet.cmc, add),
    {
      heading: "Open set",
      body: html`${open}<p>People of the other gallery are those who are not there.</p>`,
    },
  ];
}

const tarRows = ({ tarAtFar }: Pick<TemplateVerification, "tarAtFar">) =>
  tarAtFar.map(({ far, tar, ci95 }) => [
    far.toExponential(0),
    tar === null ? "too few pairs" : `${tar.toFixed(4)} (${range(ci95!)})`,
  ]);

const dcfRows = (costs: readonly NistDcf[]) => costs.map(({ name, value }) => [name, value.toFixed(4)]);

const ranksOf = ({ closedSet: { rank1, rank5, rank10 } }: TemplateSearch): Record<string, SearchRate> => ({
  "rank 1": rank1,
  "rank 5": rank5,
  "rank 10": rank10,
});

const openSetRows = ({ openSet, tpirAtFpir }: TemplateSearch) => [
  ...openSet.flatMap(({ gallery, tpirAtFpir }) =>
    tpirAtFpir.map(({ fpir, tpir, ci95 }) => [
      gallery,
      fpir,
      tpir === null ? "too few probes" : `${tpir.toFixed(4)} (${range(ci95!)})`,
    ]),
  ),
  ...tpirAtFpir.map(({ fpir, tpir }) => [
    "the mean",
    fpir,
    tpir === null ? "too few probes" : tpir.toFixed(4),
  ]),
];
