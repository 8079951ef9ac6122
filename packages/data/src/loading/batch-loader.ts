import { readFileSync } from "node:fs";
import { CropDecoder, decodeImage, ImageError, type RgbImage, readImage } from "@amface/images";
import { augment } from "../augment/augment.ts";
import { Kernels } from "../kernels/kernels.ts";
import { Random } from "../numbers/random.ts";
import type { PartialFaceRecord } from "../shards/face-record.ts";
import { RecordReader } from "../shards/read-record.ts";
import { ShardError } from "../shards/shard-error.ts";
import { photoAt, photoName, type RecordPlace } from "../source/photo-columns.ts";
import type { BatchJob, BatchResult, LoadFailure } from "./batch-job.ts";

/** A crop of another size than the batch's. */
class SizeError extends RangeError {}

/** Loads batches: reads, checks, decodes, augments, and turns pixels into floats. One to a thread. */
export class BatchLoader {
  readonly #kernels = new Kernels();
  readonly #records = new RecordReader(this.#kernels);
  readonly #decoder: CropDecoder;

  private constructor(decoder: CropDecoder) {
    this.#decoder = decoder;
  }

  static async create(): Promise<BatchLoader> {
    return new BatchLoader(await CropDecoder.create());
  }

  async load(job: BatchJob): Promise<BatchResult> {
    const each = job.height * job.width * 3;
    const images = job.memory ? new Float32Array(job.memory) : new Float32Array(job.size * each);
    this.#records.beginStream(job.stream);
    const names: string[] | undefined = job.names ? new Array(job.size).fill("") : undefined;
    const failures: { at: number; failure: LoadFailure }[] = [];
    for (let at = 0; at < job.size; at++) {
      const photo = photoAt(job.photos, at);
      try {
        const { image, name } =
          typeof photo === "string"
            ? { image: await this.#readFile(photo), name: photo }
            : await this.#readRecord(photo);
        if (names) names[at] = name;
        requireSize(image, job, photo);
        const position = job.position + at;
        const flip = job.flip && new Random("flip", job.seed, job.epoch, position).chance(0.5);
        if (job.augment === undefined)
          this.#kernels.toFloat(image.data, images, at * each, flip ? image.width : 0);
        else {
          const random = new Random("augment", job.seed, job.epoch, position);
          const { data } = await augment(image, { ...job.augment, flip }, random, this.#decoder);
          this.#kernels.toFloat(data, images, at * each);
        }
      } catch (error) {
        failures.push({ at, failure: toFailure(error) });
        images.fill(0, at * each, (at + 1) * each);
      }
    }
    return { images, names, failures };
  }

  async #readFile(path: string): Promise<RgbImage> {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch {
      return await readImage(path); // fails in the same way and says why
    }
    return this.#decoder.decode(bytes, true) ?? (await decodeImage(bytes, path));
  }

  /** @returns An image whose data may be a view of the kernels' or the decoder's memory, void with the next photo. */
  async #readRecord(place: RecordPlace): Promise<{ image: RgbImage; name: string }> {
    const { path, record } = place;
    const { encoded, format, height = 0, width = 0, filename } = this.#records.read(place);
    const name = filename ?? photoName(place);
    if (encoded === undefined) {
      throw new ShardError(path, "format", record, "expected a photo (image/encoded), got none");
    }
    if (format === "RAW") {
      if (encoded.length === height * width * 3 && encoded.length > 0)
        return { image: { data: encoded, width, height }, name };
      const got = `expected ${height * width * 3} bytes of pixels for ${height}x${width}, got ${encoded.length}`;
      throw new ShardError(path, "format", record, got);
    }
    return { image: this.#decoder.decode(encoded, true) ?? (await decodeSlowly(encoded, place)), name };
  }
}

/** Decodes what the fast way could not, from a copy: the thread may read on meanwhile. */
async function decodeSlowly(
  encoded: NonNullable<PartialFaceRecord["encoded"]>,
  place: RecordPlace,
): Promise<RgbImage> {
  try {
    return await decodeImage(encoded.slice(), photoName(place));
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const problem = error.message.slice(error.message.indexOf(": ") + 2);
    throw new ShardError(place.path, "photo", place.record, problem, { cause: error });
  }
}

function requireSize(image: RgbImage, { height, width }: BatchJob, photo: string | RecordPlace): void {
  if (image.width === width && image.height === height) return;
  throw new SizeError(
    `Cannot load ${photoName(photo)}: expected a crop of ${height}x${width} (height x width), ` +
      `got ${image.height}x${image.width}; run align first, or set the image size`,
  );
}

function toFailure(error: unknown): LoadFailure {
  if (error instanceof ImageError) {
    return { kind: "image", path: error.path, reason: error.reason, message: error.message };
  }
  if (error instanceof ShardError) {
    const { path, reason, record, problem } = error;
    return { kind: "shard", path, reason, record, problem };
  }
  if (error instanceof SizeError) return { kind: "size", message: error.message };
  throw error;
}

/** The error that a failure stands for. */
export function toError(failure: LoadFailure): ImageError | ShardError | RangeError {
  if (failure.kind === "image") return new ImageError(failure.path, failure.reason, failure.message);
  if (failure.kind === "size") return new RangeError(failure.message);
  return new ShardError(failure.path, failure.reason, failure.record, failure.problem);
}
