import { channelsOf, type KnownPreprocessing, type Layout } from "./preprocessing.ts";

/**
 * What a model takes, of amface's images.
 *
 * @param images `[B, H, W, 3]` row-major, RGB, `(pixels - 127.5) / 128`.
 * @param each Values of an image: H·W·3.
 * @returns `[B, C, H, W]` or `[B, H, W, C]` row-major.
 */
export function prepareImages(
  images: Float32Array,
  each: number,
  settings: KnownPreprocessing,
  layout: Layout,
): Float32Array {
  const channels = channelsOf(settings.channels);
  const places = each / 3;
  const values = new Float32Array((images.length / 3) * channels);
  const [across, along] = layout === "nchw" ? [places, 1] : [1, channels];
  for (let b = 0; b < images.length / each; b++) {
    const image = images.subarray(b * each, (b + 1) * each);
    const own = values.subarray(b * places * channels, (b + 1) * places * channels);
    if (settings.channels === "grey") fillGrey(image, own, settings);
    else fillColours(image, own, settings, { across, along });
    if (settings.whiten) whiten(own);
  }
  return values;
}

/** A pixel is `value * 128 + 127.5`, exactly. */
const toPixel = (value: number) => value * 128 + 127.5;

/** `(pixel - mean) * scale` of one channel as `factor * value + term`. */
function affine({ mean = [0], scale = [1], whiten: own }: KnownPreprocessing, channel: number) {
  const [taken, times] = own ? [0, 1] : [mean[channel % mean.length], scale[channel % scale.length]];
  return { factor: 128 * times, term: (127.5 - taken) * times };
}

function fillColours(
  image: Float32Array,
  own: Float32Array,
  settings: KnownPreprocessing,
  { across, along }: { readonly across: number; readonly along: number },
): void {
  for (let channel = 0; channel < 3; channel++) {
    const { factor, term } = affine(settings, channel);
    let from = settings.channels === "bgr" ? 2 - channel : channel;
    for (let to = channel * across; from < image.length; from += 3, to += along) {
      own[to] = image[from] * factor + term;
    }
  }
}

/** Grey as OpenCV rounds it: 0.299 red, 0.587 green, 0.114 blue, in 14 bits. */
function fillGrey(image: Float32Array, own: Float32Array, settings: KnownPreprocessing): void {
  const { factor, term } = affine(settings, 0);
  for (let from = 0, to = 0; from < image.length; from += 3, to++) {
    const [red, green, blue] = [toPixel(image[from]), toPixel(image[from + 1]), toPixel(image[from + 2])];
    const pixel = (red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14;
    own[to] = ((pixel - 127.5) / 128) * factor + term;
  }
}

/** Mean 0 and deviation 1, the deviation at least that of one value of `n` that differs by 1: `prewhiten` of FaceNet. */
function whiten(values: Float32Array): void {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
  const divisor = Math.max(deviation, 1 / Math.sqrt(values.length));
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / divisor;
}
