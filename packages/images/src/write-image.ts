import { type WriteOptions, writeFileAtomic } from "@amface/files";
import { encodePng } from "./encode-png.ts";
import { loadSharp } from "./load-sharp.ts";
import { checkRgbImage, type RgbImage } from "./rgb-image.ts";

/**
 * Encodes an image as baseline JPEG with 4:2:0 chroma.
 *
 * @param quality 1 (worst) to 100.
 * @throws {TypeError} When the pixels are no bytes.
 * @throws {RangeError} When the image's data does not fit its sizes or the quality is out of range.
 */
export async function encodeJpeg(image: RgbImage, quality: number): Promise<Uint8Array> {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new RangeError(`Cannot encode a JPEG: expected an integer quality of 1 to 100, got ${quality}`);
  }
  checkRgbImage(image, "encode a JPEG");
  const { data, width, height } = image;
  const raw = { width, height, channels: 3 } as const;
  const sharp = await loadSharp();
  return await sharp(data, { raw, limitInputPixels: false }).jpeg({ quality }).toBuffer();
}

/**
 * Writes an image as a PNG file, under a temporary name first.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writePng(path: string, image: RgbImage, options?: WriteOptions): Promise<void> {
  await writeFileAtomic(path, await encodePng(image), options);
}
