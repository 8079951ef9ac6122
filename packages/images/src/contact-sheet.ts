import sharp from "sharp";
import type { RgbImage } from "./rgb-image.ts";

export interface ContactSheetOptions {
  /** Images in a row; default as many as make the sheet about as wide as high, 12 at most. */
  columns?: number;
  /** Factor by which each image is drawn larger or smaller; default 1. */
  scale?: number;
}

const GAP = 4;

/**
 * Lays images out in rows as one PNG of 256 colours (a third of the bytes), in order, each in
 * a cell of the largest image's size.
 *
 * @throws {RangeError} Where there is no image.
 */
export async function contactSheet(
  images: readonly RgbImage[],
  options: ContactSheetOptions = {},
): Promise<Buffer> {
  if (images.length === 0) throw new RangeError("Cannot make a contact sheet: expected images, got none");
  const { scale = 1 } = options;
  const cellWidth = Math.round(Math.max(...images.map((image) => image.width)) * scale);
  const cellHeight = Math.round(Math.max(...images.map((image) => image.height)) * scale);
  const square = Math.ceil(Math.sqrt((images.length * cellHeight) / cellWidth));
  const columns = Math.min(images.length, options.columns ?? Math.min(12, square));
  const rows = Math.ceil(images.length / columns);
  const tiles = await Promise.all(
    images.map(async ({ data, width, height }, index) => ({
      input: await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(Math.round(width * scale), Math.round(height * scale))
        .png()
        .toBuffer(),
      left: GAP + (index % columns) * (cellWidth + GAP),
      top: GAP + Math.floor(index / columns) * (cellHeight + GAP),
    })),
  );
  const size = { width: GAP + columns * (cellWidth + GAP), height: GAP + rows * (cellHeight + GAP) };
  return sharp({ create: { ...size, channels: 3, background: "white" } })
    .composite(tiles)
    .removeAlpha()
    .png({ palette: true })
    .toBuffer();
}
