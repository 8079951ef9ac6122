import {
  type Figure,
  html,
  type NistDcf,
  type PageSection,
  type Roc,
  readIjb,
  rocFigure,
  type SearchRate,
  searchTemplates,
  type TemplateSearch,
  type TemplateVerification,
  unitRows,
  verifyTemplates,
} from "@amface/lfw-eval";
import { POOLINGS, type Pooling } from "../eval-options.ts";
import { poolPhotos } from "./pool-photos.ts";
import { type Protocol, ranksSection, shown, tableOf } from "./protocol.ts";

/** Result of `--protocol ijb`. */
export interface IjbResult {
  readonly protocol: "ijb";
  readonly set: "IJB-B" | "IJB-C";
  readonly photos: number;
  readonly templates: number;
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
    const { photos, templateIds, pairs, search } = lists;
    context.reporter.say(
      `${lists.name}: ${photos.length} photos in ${templateIds.length} templates, ${pairs.same.length} pairs`,
    );
    const embeddings = await poolPhotos(lists, POOLINGS[pooling], values, context);
    const { roc, ...verification } = verifyTemplates(unitRows(embeddings), pairs);
    const result: IjbResult = {
      protocol: "ijb",
      set: lists.name,
      photos: photos.length,
      templates: templateIds.length,
      pooling,
      verification,
      ...(search && { search: searchTemplates(embeddings, search) }),
    };
    return { result, sections: (add) => sectionsOf(result, roc, add) };
  },
  render({ set, photos, templates, verification, search }) {
    const { pairs, eer, auc, nistDcf } = verification;
    return [
      `${set.padEnd(11)}${photos} photos in ${templates} templates`,
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

const range = ([low, high]: readonly [number, number]) => `${low.toFixed(4)} to ${high.toFixed(4)}`;

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
