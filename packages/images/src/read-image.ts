import { readFile, stat } from "node:fs/promises";
import { ImageError } from "./image-error.ts";
import { isTiff, isTruncated } from "./is-truncated.ts";
import { bareJpeg } from "./jpeg-structure.ts";
import { loadSharp } from "./load-sharp.ts";
import type { RgbImage } from "./rgb-image.ts";
import { withoutFiller } from "./without-filler.ts";

/** Photos beyond this many pixels are refused unless asked for: 100 million pixels are 300 MB of RGB. */
export const MAX_PIXELS = 100_000_000;

export interface DecodeOptions {
  /** Largest width times height that is decoded (default `MAX_PIXELS`). */
  maxPixels?: number;
}

/**
 * Reads a photo as 8-bit sRGB. The EXIF rotation is honoured, alpha is laid over black, grey is expanded
 * to three channels, CMYK and embedded colour profiles are converted, of an animation the first frame is
 * taken.
 *
 * @throws {ImageError} When the file is missing, unreadable, empty, truncated, too large or not an image.
 */
export async function readImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  let bytes: Uint8Array;
  try {
    // Reading from a pipe or a device could wait for ever.
    if (!(await stat(path)).isFile()) throw new Error("expected a file, got something else of that name");
    bytes = await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unreadable";
    const why = reason === "missing" ? "there is no such file" : message;
    throw new ImageError(path, reason, `Cannot read ${path}: ${why}`, { cause });
  }
  return decodeImage(bytes, path, options);
}

/**
 * Decodes a photo from memory, as `readImage` does.
 *
 * @param bytes The file's content: JPEG, PNG, WebP, GIF, TIFF or AVIF.
 * @param name What error messages call the photo.
 * @throws {ImageError} When the bytes are empty, truncated, too large or not an image.
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  { maxPixels = MAX_PIXELS }: DecodeOptions = {},
): Promise<RgbImage> {
  if (bytes.length === 0) {
    throw new ImageError(name, "empty", `Cannot read ${name}: expected an image, got an empty file`);
  }
  if (looksLikeMarkup(bytes)) throw notAnImage(name, bytes);
  const sharp = await loadSharp();
  const decode = async (bytes: Uint8Array, failOn: "warning" | "error"): Promise<RgbImage> => {
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn })
      .rotate()
      .flatten()
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  };
  let image: RgbImage;
  try {
    image = await decode(bytes, "warning").catch(async (cause) => {
      if (!isJpeg(bytes)) throw cause;
      // Harmless where the data alone gives no warning.
      await decode(bareJpeg(bytes), "warning");
      return decode(bytes, "error");
    });
  } catch (cause) {
    throw explain(name, bytes, cause as Error, maxPixels);
  }
  if (isTruncated(bytes)) throw notWhole(name, "truncated");
  const shorter = withoutFiller(bytes);
  if (shorter && (await decode(shorter, "warning").catch(() => undefined))) throw notWhole(name, "corrupt");
  return image;
}

/**
 * Says what is wrong with bytes that do not decode. libvips keeps one error text for all decodes under way,
 * so only what sharp itself says is believed: whether it knows the format, and whether it is too large.
 */
function explain(name: string, bytes: Uint8Array, cause: Error, maxPixels: number): ImageError {
  if (/unsupported image format/i.test(cause.message) && !isTiff(bytes))
    return notAnImage(name, bytes, cause);
  if (/pixel limit/i.test(cause.message)) {
    const message =
      `Cannot read ${name}: expected at most ${maxPixels} pixels, got more; ` +
      "make the photo smaller or raise maxPixels";
    return new ImageError(name, "too-large", message, { cause });
  }
  return notWhole(name, isTruncated(bytes) ? "truncated" : "corrupt", cause);
}

function notWhole(name: string, reason: "truncated" | "corrupt", cause?: Error): ImageError {
  const got = reason === "truncated" ? "one that is truncated" : "one that is damaged";
  return new ImageError(name, reason, `Cannot read ${name}: expected a whole image, got ${got}`, { cause });
}

function notAnImage(name: string, bytes: Uint8Array, cause?: Error): ImageError {
  const start = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0")).join(" ");
  const message =
    `Cannot read ${name}: expected a JPEG, PNG, WebP, GIF, TIFF or AVIF image, ` +
    `got something else (${bytes.length} bytes that begin with ${start})`;
  return new ImageError(name, "not-an-image", message, { cause });
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** SVG, HTML and XML are text: libvips would draw the first of them, but it is no photo. */
function looksLikeMarkup(bytes: Uint8Array): boolean {
  const first = bytes.find((b) => b > 0x20);
  return first === 0x3c;
}
