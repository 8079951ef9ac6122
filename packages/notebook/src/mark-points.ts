import type { RgbImage } from "@amface/images";
import sharp from "sharp";

/**
 * A copy of the image with a dot at each point.
 *
 * @param points Pixel coordinates, x right and y down, pixel centres at whole numbers.
 */
export async function markPoints(
  image: RgbImage,
  points: readonly (readonly [number, number])[],
): Promise<RgbImage> {
  const { data, width, height } = image;
  const radius = Math.max(2, Math.round(Math.max(width, height) / 80));
  const dots = points.map(([x, y]) => {
    const at = `cx="${x + 0.5}" cy="${y + 0.5}"`;
    return `<circle ${at} r="${radius}" fill="#00e676" stroke="black" stroke-width="${radius / 3}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${dots.join("")}</svg>`;
  const marked = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { data: new Uint8Array(marked), width, height };
}
