import { readFile } from "node:fs/promises";
import { type CropDecoder, decodeImage, type RgbImage, readImage } from "@amface/images";

/** A photo's file as it is, and its pixels. */
export interface PhotoFile {
  readonly bytes: Uint8Array;
  readonly image: RgbImage;
}

/**
 * Reads and decodes a photo, of which the file itself is wanted too.
 *
 * @param decoder Decodes crops faster, in this thread.
 * @throws {ImageError} As `readImage`.
 */
export async function readPhoto(path: string, decoder?: CropDecoder): Promise<PhotoFile> {
  const bytes = await readFile(path).catch(async (error: unknown) => {
    await readImage(path); // fails in the same way and says why
    throw error;
  });
  return { bytes, image: decoder?.decode(bytes) ?? (await decodeImage(bytes, path)) };
}
