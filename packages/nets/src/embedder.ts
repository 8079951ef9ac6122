import * as tf from "@tensorflow/tfjs-core";
import type { FaceNet, NetDescription } from "./architectures/create-net.ts";
import { compiled } from "./compiled.ts";

/** An aligned crop: 8-bit RGB, row by row. */
export interface Crop {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** What embeds images and is no net of this package, such as another program's model. */
export interface EmbeddingModel {
  readonly name: string;
  readonly description: Pick<NetDescription, "imageShape" | "embeddingSize">;
  /**
   * @param images `[B, H, W, 3]` float32, `(pixels - 127.5) / 128`; borrowed, not disposed.
   * @returns `[B, D]` row-major.
   */
  embed(images: tf.Tensor4D): Promise<Float32Array>;
}

export interface EmbedderOptions {
  /** Crops that the net gets at once (default 64). */
  readonly batchSize?: number;
}

/** Embeds aligned crops; made by `embedder`. */
export interface Embedder {
  /**
   * @param crops Of the net's image size; or their pixels in one piece, `[B, H, W, 3]`.
   * @returns `[B, size]` row-major, one row a crop, not normalised; empty for none.
   * @throws {TypeError} Where the pixels are no bytes, such as floats in 0..1.
   * @throws {RangeError} Where a crop has another size.
   */
  (crops: readonly Crop[] | Uint8Array): Promise<Float32Array>;
  /** Values of a row. */
  readonly size: number;
  /** Runs the net on nothing, so that the first crops do not wait for what backends do at first. */
  warmUp(): Promise<void>;
}

/** After three runs with the same weights the backend `onnx` makes constants of them; the fourth is as fast as any. */
const RUNS_TO_WARM_UP = 4;

/**
 * A function from crops to embeddings, with the net in inference mode. `withMirrored` of `@amface/lfw-eval` makes of it one
 * that embeds mirrored crops too.
 *
 * ```ts
 * const embed = embedder(net);
 * await embed.warmUp();
 * const rows = await embed([{ data, width: 96, height: 112 }]);
 * ```
 *
 * @throws {RangeError} When the batch size is not a whole number of 1 or more.
 */
export function embedder(net: FaceNet | EmbeddingModel, { batchSize = 64 }: EmbedderOptions = {}): Embedder {
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`Cannot embed: expected a batch size of 1 or more, got ${batchSize}`);
  }
  const { embeddingSize: size, imageShape } = net.description;
  const each = imageShape[0] * imageShape[1] * 3;
  const run = async (pixels: readonly Uint8Array[]) => {
    const images = tf.tensor4d(normalised(pixels, each), [pixels.length, ...imageShape]);
    try {
      return await embedImages(net, images);
    } finally {
      images.dispose();
    }
  };
  const embed = async (crops: readonly Crop[] | Uint8Array) => {
    const pixels =
      crops instanceof Uint8Array ? cut(crops, each) : crops.map((crop) => pixelsOf(crop, imageShape));
    const rows = new Float32Array(pixels.length * size);
    for (let from = 0; from < pixels.length; from += batchSize) {
      rows.set(await run(pixels.slice(from, from + batchSize)), from * size);
    }
    return rows;
  };
  const warmUp = async () => {
    const nothing = Array.from({ length: batchSize }, () => new Uint8Array(each));
    for (let i = 0; i < RUNS_TO_WARM_UP; i++) await run(nothing);
  };
  return Object.assign(embed, { size, warmUp });
}

/**
 * Embeds a batch: the net in inference mode, with its moving statistics and without dropout.
 *
 * @param images `[B, H, W, 3]` float32, `(pixels - 127.5) / 128`; borrowed, not disposed.
 * @returns `[B, D]` row-major, not normalised.
 * @throws {RangeError} Where the images are not of the net's size.
 */
export async function embedImages(net: FaceNet | EmbeddingModel, images: tf.Tensor4D): Promise<Float32Array> {
  const { imageShape } = net.description;
  if (String(images.shape.slice(1)) !== String(imageShape)) {
    throw new RangeError(
      `Cannot embed images: expected [B, ${imageShape.join(", ")}], got [${images.shape}]; align them to that size`,
    );
  }
  if ("embed" in net) return net.embed(images);
  const embeddings = compiled(net, inference)(images);
  try {
    return (await embeddings.data()) as Float32Array;
  } finally {
    embeddings.dispose();
  }
}

const inference = (net: FaceNet, images: tf.Tensor4D) =>
  net.model.apply(images, { training: false }) as tf.Tensor2D;

function pixelsOf({ data, width, height }: Crop, [H, W]: readonly [number, number, 3]): Uint8Array {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    const kind = Object.prototype.toString.call(data).slice(8, -1);
    throw new TypeError(
      `Cannot embed images: expected 8-bit pixels 0..255 in a Uint8Array, got ${kind}; embedImages takes floats`,
    );
  }
  if (width !== W || height !== H || data.length !== 3 * W * H) {
    throw new RangeError(
      `Cannot embed images: expected RGB crops of ${W}x${H}, got ${width}x${height} (width x height) with ` +
        `${data.length} values; align them to that size`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** Pixels in one piece, image by image. */
function cut(pixels: Uint8Array, each: number): Uint8Array[] {
  if (pixels.length % each !== 0) {
    throw new RangeError(
      `Cannot embed images: expected a multiple of ${each} pixel values, got ${pixels.length}`,
    );
  }
  return Array.from({ length: pixels.length / each }, (_, i) => pixels.subarray(i * each, (i + 1) * each));
}

/** What nets take: `(pixels - 127.5) / 128`, image by image. */
function normalised(pixels: readonly Uint8Array[], each: number): Float32Array {
  const values = new Float32Array(pixels.length * each);
  let at = 0;
  for (const image of pixels) for (let i = 0; i < each; i++) values[at++] = (image[i] - 127.5) / 128;
  return values;
}
