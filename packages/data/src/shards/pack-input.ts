import { extname, relative, sep } from "node:path";
import { type CropDecoder, decodeImage, ImageError, type RgbImage } from "@amface/images";
import { identityFolder } from "../folder/identity-folder.ts";
import { Kernels } from "../kernels/kernels.ts";
import { photoAt, photoName, type RecordPlace } from "../source/photo-columns.ts";
import type { PhotoSource } from "../source/photo-source.ts";
import { readPhoto } from "../source/read-photo.ts";
import { RecordReader } from "./read-record.ts";
import { recordIoFile, recordIoSource } from "./recordio-source.ts";
import { ShardError } from "./shard-error.ts";

/** A photo as it is packed. */
export interface InputPhoto {
  readonly path: string;
  /** The place of its identity. */
  readonly label: number;
  /** What its record calls it: `image/filename` and `image/format`. */
  readonly filename: string;
  readonly format: string;
  /** Its file, and its pixels. */
  readonly bytes: Uint8Array;
  readonly image: RgbImage;
}

/** Photos to pack, by number. */
export interface PackInput {
  readonly identities: readonly string[];
  readonly photos: number;
  /** Reads and decodes photos: what is packed is known to be whole. */
  read(numbers: Iterable<number>): Promise<(InputPhoto | ImageError | ShardError)[]>;
  close(): void;
}

/** Opens a folder of identities, or of MXNet's records. */
export async function openPackInput(
  dir: string,
  decoder: CropDecoder,
  skipped: (error: ShardError) => void,
): Promise<PackInput> {
  const records = await recordIoFile(dir);
  if (records === undefined) return await folderInput(dir, decoder);
  return await recordInput(await recordIoSource(records, { skipCorrupt: true, onSkip: skipped }), decoder);
}

const FORMATS: Record<string, string> = { ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF" };

async function folderInput(dir: string, decoder: CropDecoder): Promise<PackInput> {
  const { identities, files } = await identityFolder(dir);
  return {
    identities,
    photos: files.length,
    read: (numbers) =>
      Promise.all(
        Array.from(numbers, async (number) => {
          const { path, label } = files[number];
          const extension = extname(path).toLowerCase();
          const format = FORMATS[extension] ?? extension.slice(1).toUpperCase();
          const filename = relative(dir, path).split(sep).join("/");
          return orError(async () => ({
            path,
            label,
            filename,
            format,
            ...(await readPhoto(path, decoder)),
          }));
        }),
      ),
    close: () => {},
  };
}

async function recordInput(source: PhotoSource, decoder: CropDecoder): Promise<PackInput> {
  const numbered = await source.numbered();
  const reader = new RecordReader(new Kernels());
  const photoNumbers = Uint32Array.from(numbered.labels.keys()).filter((i) => numbered.labels[i] >= 0);
  return {
    identities: source.identities,
    photos: photoNumbers.length,
    async read(numbers) {
      const columns = await numbered.columns(Array.from(numbers, (number) => photoNumbers[number]));
      // Read one after the other: the reader's memory is used again.
      const photos = Array.from(columns.labels, (label, i) => {
        const place = photoAt(columns, i) as RecordPlace;
        return orError(async () => {
          const { encoded, filename } = reader.read(place);
          return { place, label, filename: filename as string, bytes: (encoded as Uint8Array).slice() };
        });
      });
      return Promise.all(
        photos.map(async (reading) => {
          const photo = await reading;
          return photo instanceof Error ? photo : await orError(() => decodeRecord(photo, decoder));
        }),
      );
    },
    close: () => reader.close(),
  };
}

interface ReadRecord extends Pick<InputPhoto, "label" | "filename" | "bytes"> {
  readonly place: RecordPlace;
}

async function decodeRecord({ place, label, filename, bytes }: ReadRecord, decoder: CropDecoder) {
  const path = photoName(place);
  try {
    const image = decoder.decode(bytes) ?? (await decodeImage(bytes, path));
    return { path, label, filename, format: formatOf(bytes), bytes, image };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const problem = cause.message.slice(cause.message.indexOf(": ") + 2);
    throw new ShardError(place.path, "photo", place.record, problem, { cause });
  }
}

/** @throws {RangeError} For other formats than those of crops in records. */
function formatOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return "JPEG";
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return "PNG";
  throw new RangeError("Cannot pack: expected a JPEG or PNG file, got another");
}

async function orError<T>(body: () => Promise<T>): Promise<T | ImageError | ShardError> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof ImageError || error instanceof ShardError) return error;
    throw error;
  }
}
