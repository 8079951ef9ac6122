/// <reference lib="dom" />
import { isTruncated, type RgbImage } from "@amface/images";

/** What a photo can be taken from: a file, what was decoded or drawn already, or what a video shows at the moment. */
export type PhotoSource = Blob | ImageData | CanvasImageSource;

/** A photo that the browser cannot decode, or that is not whole. */
export class PhotoError extends Error {
  override readonly name = "PhotoError";
}

/** What all photos are drawn on, one after the other; made when it is needed. */
let canvas: OffscreenCanvas | undefined;

/**
 * Reads a photo as 8-bit sRGB, in a page or in a worker: the EXIF rotation is honoured, alpha is laid over black, of an
 * animation the first frame is taken. How a lossy photo is decoded is up to the browser: its pixels may differ by a few
 * grey levels from those that another decoder makes.
 *
 * @param source `Blob` and `File` are decoded; bitmaps and frames of videos stay open.
 * @throws {PhotoError} When a file is empty, damaged or in no format that the browser knows, or a source has no pixels yet.
 */
export async function readPhoto(source: PhotoSource): Promise<RgbImage> {
  if (isImageData(source)) return withoutAlpha(source);
  if (!(source instanceof Blob)) return drawn(source, "the photo");
  const name = (source as Partial<File>).name || "the photo";
  const bitmap = await decode(source, name);
  try {
    return drawn(bitmap, name);
  } finally {
    bitmap.close();
  }
}

async function decode(file: Blob, name: string): Promise<ImageBitmap> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const refuse = (got: string, cause?: unknown) =>
    new PhotoError(`Cannot read ${name}: expected a whole JPEG, PNG, WebP, GIF or AVIF image, got ${got}`, {
      cause,
    });
  if (bytes.length === 0) throw refuse("an empty file");
  // Browsers show the part that is there.
  if (isTruncated(bytes)) throw refuse("one that is truncated");
  return createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" }).catch(
    (cause: unknown) => {
      throw refuse("something that this browser cannot decode", cause);
    },
  );
}

function drawn(source: CanvasImageSource, name: string): RgbImage {
  const [width, height] = sizeOf(source);
  if (!(width > 0 && height > 0)) {
    throw new PhotoError(`Cannot read ${name}: expected pixels, got none yet; wait until it has loaded`);
  }
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  // Without alpha the canvas is black below what is drawn.
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (context === null)
    throw new PhotoError(`Cannot read ${name}: expected a canvas, got none of ${width}x${height}`);
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return withoutAlpha(context.getImageData(0, 0, width, height));
}

/** Sizes in pixels, of an element as they are in its file and not on the page. */
function sizeOf(source: CanvasImageSource): [width: number, height: number] {
  if ("videoWidth" in source) return [source.videoWidth, source.videoHeight];
  if ("naturalWidth" in source) return [source.naturalWidth, source.naturalHeight];
  if ("displayWidth" in source) return [source.displayWidth, source.displayHeight];
  return [Number(source.width), Number(source.height)];
}

const isImageData = (source: PhotoSource): source is ImageData =>
  typeof ImageData !== "undefined" && source instanceof ImageData;

/** RGBA to RGB; what is transparent becomes black. */
function withoutAlpha({ data: rgba, width, height }: ImageData): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0, k = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3];
    for (let c = 0; c < 3; c++)
      data[k++] = alpha === 255 ? rgba[i + c] : Math.round((rgba[i + c] * alpha) / 255);
  }
  return { data, width, height };
}
