import { type ContactSheetOptions, contactSheet, type RgbImage } from "@amface/images";
import { displayBundle, pngBundle } from "./display.ts";
import { trackShow } from "./pending-shows.ts";
import { type Figure, type FigureSize, figurePng } from "./plotly-png.ts";
import { type Row, renderTable, type TableLike } from "./table-html.ts";

export interface ShowFigureOptions extends FigureSize {
  /** Drawn in the figure's place where only pictures show; needed for figures in three dimensions. */
  readonly picture?: Figure;
}

/**
 * Shows a result below the running cell of a notebook:
 *
 * - a plotly.js figure, interactive in Jupyter and as a picture where only pictures show (GitHub);
 * - an image or a list of images, as one contact sheet;
 * - a table: a list of objects, or anything with `objects()` such as an arquero table.
 *
 * In the TypeScript kernel the cell ends once all is shown, and awaiting matters only where order does; under Deno's
 * kernel await what is not the last line.
 *
 * @throws {TypeError} For anything else.
 * @throws {Error} Outside of a kernel.
 */
export function show(figure: Figure, options?: ShowFigureOptions): Promise<void>;
export function show(images: RgbImage | readonly RgbImage[], options?: ContactSheetOptions): Promise<void>;
export function show(table: readonly Row[] | TableLike): Promise<void>;
export function show(
  what: Figure | RgbImage | readonly RgbImage[] | readonly Row[] | TableLike,
  options: ShowFigureOptions & ContactSheetOptions = {},
): Promise<void> {
  return trackShow(showNow(what, options));
}

async function showNow(
  what: Figure | RgbImage | readonly RgbImage[] | readonly Row[] | TableLike,
  options: ShowFigureOptions & ContactSheetOptions,
): Promise<void> {
  if (isImage(what)) return displayBundle(pngBundle(await contactSheet([what], options)));
  if (isImages(what)) return displayBundle(pngBundle(await contactSheet(what, options)));
  if (isFigure(what)) {
    const png = pngBundle(await figurePng(options.picture ?? what, options));
    const { data, layout = {} } = what;
    return displayBundle({ "application/vnd.plotly.v1+json": { data, layout }, ...png });
  }
  if (isTable(what)) {
    const { html, text } = renderTable(what);
    return displayBundle({ "text/html": html, "text/plain": text });
  }
  throw new TypeError(`Cannot show a value: expected a figure, images or a table, got ${typeof what}`);
}

function isImage(what: unknown): what is RgbImage {
  const image = what as RgbImage | null;
  return image?.data instanceof Uint8Array && typeof image.width === "number";
}

function isImages(what: unknown): what is readonly RgbImage[] {
  return Array.isArray(what) && what.length > 0 && what.every(isImage);
}

function isFigure(what: unknown): what is Figure {
  return Array.isArray((what as Figure | null)?.data);
}

function isTable(what: unknown): what is readonly Row[] | TableLike {
  if (Array.isArray(what)) return what.every((row) => typeof row === "object" && row !== null);
  return typeof (what as TableLike | null)?.objects === "function";
}
