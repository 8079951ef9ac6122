import { checkRgbImage, type RgbImage } from "@amface/images";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Turns pixels 0..255 into what nets take: `(pixels - 127.5) / 128`, about -1..1. Training and embedding
 * both go through here, so that they cannot disagree.
 *
 * @param images One or more images of one size.
 * @returns float32 `[B, H, W, 3]`; the caller disposes it.
 * @throws {TypeError} When the pixels are no bytes.
 * @throws {RangeError} When there is no image, or the sizes differ.
 */
export function toImages(images: readonly RgbImage[]): tf.Tensor4D {
  if (images.length === 0) throw new RangeError("Cannot make a batch: expected at least one image, got none");
  const { width, height } = images[0];
  const each = width * height * 3;
  const values = new Float32Array(images.length * each);
  images.forEach((image, b) => {
    checkRgbImage(image, "make a batch");
    if (image.width !== width || image.height !== height) {
      throw new RangeError(
        `Cannot make a batch: expected images of one size, got ${width}x${height} and ` +
          `${image.width}x${image.height} (width x height)`,
      );
    }
    const { data } = image;
    for (let i = 0, at = b * each; i < each; i++, at++) values[at] = (data[i] - 127.5) / 128;
  });
  return tf.tensor4d(values, [images.length, height, width, 3], "float32");
}
