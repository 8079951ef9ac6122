/*
 * The cascade reads photos in planes of red, green and blue and maps in planes of one value, as ONNX Runtime does;
 * TensorFlow.js has the channels last.
 */

/** `[3, H, W]` to `[H', W', 3]`, zeros at the right and below. */
export function planesAsPixels(
  planes: Float32Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): Float32Array {
  const pixels = new Float32Array(3 * toHeight * toWidth);
  interleave(planes, [height, width], pixels, toWidth);
  return pixels;
}

/** `[count, 3, side, side]` to `[toCount, side, side, 3]`, zeros at the end. */
export function batchAsPixels(
  images: Float32Array,
  [count, side]: readonly [number, number],
  toCount: number,
): Float32Array {
  const size = 3 * side * side;
  const pixels = new Float32Array(toCount * size);
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * size, (i + 1) * size);
    interleave(image, [side, side], pixels.subarray(i * size, (i + 1) * size), side);
  }
  return pixels;
}

/** The upper left `[height, width]` of a map `[_, fromWidth, channels]` as planes `[channels, height, width]`. */
export function mapAsPlanes(
  map: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  fromWidth: number,
): Float32Array {
  const plane = height * width;
  const planes = new Float32Array(channels * plane);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, from = y * fromWidth * channels; x < width; x++, i++) {
      for (let c = 0; c < channels; c++) planes[c * plane + i] = map[from++];
    }
  }
  return planes;
}

function interleave(
  planes: Float32Array,
  [height, width]: readonly [number, number],
  pixels: Float32Array,
  toWidth: number,
): void {
  const plane = height * width;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, to = 3 * y * toWidth; x < width; x++, i++) {
      pixels[to++] = planes[i];
      pixels[to++] = planes[plane + i];
      pixels[to++] = planes[2 * plane + i];
    }
  }
}
