import { createRequire } from "node:module";
import { isTruncated } from "./is-truncated.ts";
import { decodePlainPng } from "./plain-png.ts";
import { PngFilters } from "./png-filters.ts";
import type { RgbImage } from "./rgb-image.ts";

/** libjpeg-turbo as WebAssembly: `getEncodedBuffer` gives a view of its memory, `getDecodedBuffer` a copy. */
interface JpegDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8ClampedArray;
  getFrameInfo(): { width: number; height: number; componentCount: number };
}

type JpegModule = () => Promise<{ JPEGDecoder: new () => JpegDecoder }>;

/** Larger photos take longer to decode than to hand to another thread: up to 512x512. */
const MAX_PIXELS = 512 * 512;

/**
 * Decodes small photos in the calling thread, where `decodeImage` would spend most of its time on the way to
 * another: plain JPEG and PNG files, as aligned crops are. The pixels are those of `decodeImage`, bit for bit.
 */
export class CropDecoder {
  readonly #jpeg: JpegDecoder;
  readonly #filters = new PngFilters();

  private constructor(jpeg: JpegDecoder) {
    this.#jpeg = jpeg;
  }

  static async create(): Promise<CropDecoder> {
    const require = createRequire(import.meta.url);
    const load = require("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs") as JpegModule;
    const { JPEGDecoder } = await load();
    return new CropDecoder(new JPEGDecoder());
  }

  /**
   * @param bytes The file's content.
   * @param borrow Whether the pixels may be a view of the decoder's memory, void with the next photo: saves a copy.
   * @returns The photo, or `undefined` where only `decodeImage` knows what to do: other formats, colour profiles,
   *   EXIF data (which may rotate), large photos, and whatever is damaged.
   */
  decode(bytes: Uint8Array, borrow = false): RgbImage | undefined {
    if (bytes[0] !== 0x89) return this.#decodeJpeg(bytes);
    const image = decodePlainPng(bytes, MAX_PIXELS, this.#filters);
    return image && !borrow ? { ...image, data: image.data.slice() } : image;
  }

  #decodeJpeg(bytes: Uint8Array): RgbImage | undefined {
    if (!isPlainJpeg(bytes) || isTruncated(bytes)) return undefined;
    try {
      this.#jpeg.getEncodedBuffer(bytes.length).set(bytes);
      this.#jpeg.decode();
    } catch {
      return undefined; // damaged; decodeImage says how
    }
    const { width, height } = this.#jpeg.getFrameInfo();
    const { buffer, byteOffset, length } = this.#jpeg.getDecodedBuffer();
    const data = new Uint8Array(buffer, byteOffset, length);
    return data.length === width * height * 3 ? { data, width, height } : undefined;
  }
}

/** Whether a file is a JPEG of grey or Y, Cb, Cr without anything that changes how it is to be shown. */
function isPlainJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    if (marker >= 0xe1 && marker <= 0xef) return false;
    else if (marker === 0xc0 || marker === 0xc2) return isPlainFrame(bytes.subarray(at + 4, at + 2 + length));
    else if (marker === 0xda) return false;
    at += 2 + length;
  }
  return false;
}

/** A frame header of eight bits a sample, in grey or Y, Cb, Cr under their usual numbers. */
function isPlainFrame(frame: Uint8Array): boolean {
  const [bits, h1, h0, w1, w0, components] = frame;
  if (bits !== 8 || ((h1 << 8) | h0) * ((w1 << 8) | w0) > MAX_PIXELS) return false;
  if (components === 1) return frame[6] === 1;
  return components === 3 && frame[6] === 1 && frame[9] === 2 && frame[12] === 3;
}
