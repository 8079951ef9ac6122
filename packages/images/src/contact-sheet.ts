import sharp from "sharp";
import type { RgbImage } from "./rgb-image.ts";

export interface ContactSheetOptions {
  /** Images in a row; default as many as make the sheet about as wide as high, 12 at most. */
  columns?: number;
  /** Factor by which each image is drawn larger or smaller; default 1. */
  scale?: number;
  /** 256 colours (default): a fifth of the bytes, in thirty times the time. */
  palette?: boolean;
}

const GAP = 4;

/**
 * Lays images out in rows as one PNG, in order, each in a cell of the largest image's size.
 *
 * @throws {RangeError} Where there is no image.
 */
export async function contactSheet(
  images: readonly RgbImage[],
  options: ContactSheetOptions = {},
): Promise<Buffer> {
  if (images.length === 0) throw new RangeError("Cannot make a contact sheet: expected images, got none");
  const { scale = 1, palette = true } = options;
  const tiles = scale === 1 ? images : await Promise.all(images.map((image) => scaled(image, scale)));
  const cellWidth = Math.max(...tiles.map(({ width }) => width));
  const cellHeight = Math.max(...tiles.map(({ height }) => height));
  const square = Math.ceil(Math.sqrt((tiles.length * cellHeight) / cellWidth));
  const columns = Math.min(tiles.length, options.columns ?? Math.min(12, square));
  const rows = Math.ceil(tiles.length / columns);
  const width = GAP + columns * (cellWidth + GAP);
  const height = GAP + rows * (cellHeight + GAP);
  const sheet = { data: new Uint8Array(width * height * 3).fill(255), width, height };
  tiles.forEach((tile, i) => {
    const left = GAP + (i % columns) * (cellWidth + GAP);
    const top = GAP + Math.floor(i / columns) * (cellHeight + GAP);
    paste(tile, sheet, left, top);
  });
  return sharp(sheet.data, { raw: { width, height, channels: 3 } })
    .png({ palette })
    .toBuffer();
}

async function scaled({ data, width, height }: RgbImage, scale: number): Promise<RgbImage> {
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height)
    .raw()
    .toBuffer();
  return { data: pixels, ...size };
}

function paste(tile: RgbImage, sheet: RgbImage, left: number, top: number): void {
  for (let y = 0; y < tile.height; y++) {
    const row = tile.data.subarray(y * tile.width * 3, (y + 1) * tile.width * 3);
    sheet.data.set(row, ((top + y) * sheet.width + left) * 3);
  }
}
