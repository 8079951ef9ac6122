export * from "./browser.ts";
export { type EmbedPhotosOptions, embedAll, embedPhotos } from "./distances/embed-photos.ts";
export { type KeepRows, type KeptRows, keepPlainRows } from "./distances/kept-rows.ts";
export { type PoolOptions, TemplatePool } from "./distances/pool-templates.ts";
export { type Enrolled, Gallery, type IdentifyOptions } from "./gallery/gallery.ts";
export { GalleryError } from "./gallery/gallery-file.ts";
export type { Match } from "./gallery/nearest-people.ts";
export { ListError } from "./lists/list-error.ts";
export { type MatValue, parseMat } from "./lists/parse-mat.ts";
export { type PhotoRows, photoRows } from "./lists/photo-rows.ts";
export { type BlufrLists, readBlufr } from "./lists/read-blufr.ts";
export { type IjbLists, type NamedTemplates, readIjb, type TemplatePairs } from "./lists/read-ijb.ts";
export {
  type LabelledPhotos,
  readTinyFace,
  type TinyFaceLists,
  tinyFaceByNames,
} from "./lists/read-tinyface.ts";
export { type Attributes, readAttributes } from "./pairs/attributes.ts";
export { AttributesError } from "./pairs/attributes-error.ts";
export { readDistances, writeDistances } from "./pairs/distance-file.ts";
export { type LabelErrors, readLabelErrors } from "./pairs/label-errors.ts";
export { locatePhotos } from "./pairs/locate-photos.ts";
export { readBin } from "./pairs/read-bin.ts";
export { readCfp, readPairList } from "./pairs/read-pair-list.ts";
export { readPairs } from "./pairs/read-pairs.ts";
export { readRfw } from "./pairs/read-rfw.ts";
export { blufrTrials, type ListedTrials } from "./protocol/blufr-trials.ts";
export { searchTemplates, type TemplateSearch } from "./protocol/template-search.ts";
export { type TemplateVerification, verifyTemplates } from "./protocol/template-verification.ts";
export {
  parseThresholdCard,
  readThresholdCard,
  thresholdCardPaths,
  writeThresholdCard,
} from "./protocol/threshold-card-file.ts";
export { evaluateTinyFace, type TinyFaceResult } from "./protocol/tinyface.ts";
export type { ReportPair, ReportPicture } from "./report/error-atlas.ts";
export { COLOURS as FIGURE_COLOURS, figure, round as roundForFigure } from "./report/figure.ts";
export { Html, html } from "./report/html.ts";
export { type ReportData, renderReport } from "./report/report.ts";
export { type Page, type PageSection, renderPage } from "./report/report-page.ts";
export type { ReportResult } from "./report/report-sections.ts";
