import type { RgbImage } from "@amface/images";
import type { Landmarks, Point } from "../warp/face.ts";
import { resizeArea } from "../warp/resize-area.ts";

/** A photo as it is looked at, and where its places are in the photo (pixels, counted from 0). */
export interface View {
  readonly image: RgbImage;
  toPhoto(point: Point): Point;
}

/** The photo shrunk so that its shorter side has at most `side` pixels; itself where it is no larger. */
export function shrunk(photo: RgbImage, side: number): View {
  const { width, height } = photo;
  const scale = side / Math.min(width, height);
  if (scale >= 1) return { image: photo, toPhoto: (point) => point };
  const [toWidth, toHeight] = [Math.round(width * scale), Math.round(height * scale)];
  const image = resizeArea(photo, { left: 0, top: 0, width, height }, toHeight, toWidth);
  const toPhoto = ([x, y]: Point): Point => [
    ((x + 0.5) * width) / toWidth - 0.5,
    ((y + 0.5) * height) / toHeight - 0.5,
  ];
  return { image, toPhoto };
}

/** The photo in a black frame, half its size on all sides: faces larger than the photo fit into that. */
export function framed({ data, width, height }: RgbImage): View {
  const [left, top] = [Math.round(width / 2), Math.round(height / 2)];
  const image = blank(width + 2 * left, height + 2 * top);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(3 * y * width, 3 * (y + 1) * width);
    image.data.set(row, 3 * ((y + top) * image.width + left));
  }
  return { image, toPhoto: ([x, y]) => [x - left, y - top] };
}

/** The photo turned clockwise. */
export function turned({ data, width, height }: RgbImage, degrees: 90 | 180 | 270): View {
  const toPhoto = ([x, y]: Point): Point => {
    if (degrees === 180) return [width - 1 - x, height - 1 - y];
    return degrees === 90 ? [y, height - 1 - x] : [width - 1 - y, x];
  };
  const image = degrees === 180 ? blank(width, height) : blank(height, width);
  for (let y = 0, i = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++, i += 3) {
      const [fromX, fromY] = toPhoto([x, y]);
      const from = 3 * (fromY * width + fromX);
      for (let c = 0; c < 3; c++) image.data[i + c] = data[from + c];
    }
  }
  return { image, toPhoto };
}

/** Share of the pixels that may become black, and white, where grey levels are stretched. */
const CLIPPED = 0.02;

/** The photo's grey levels, stretched from black to white: coloured light no longer hides a face. */
export function inGrey({ data, width, height }: RgbImage): RgbImage {
  const count = width * height;
  const grey = new Uint8Array(count);
  const histogram = new Uint32Array(256);
  for (let i = 0, k = 0; i < count; i++, k += 3) {
    grey[i] = Math.round(0.299 * data[k] + 0.587 * data[k + 1] + 0.114 * data[k + 2]);
    histogram[grey[i]]++;
  }
  const darkest = levelAt(histogram, CLIPPED * count);
  const range = Math.max(16, 255 - levelAt(histogram.toReversed(), CLIPPED * count) - darkest);
  const image = blank(width, height);
  for (let i = 0, k = 0; i < count; i++, k += 3) {
    const level = Math.round((Math.min(range, Math.max(0, grey[i] - darkest)) * 255) / range);
    image.data.fill(level, k, k + 3);
  }
  return image;
}

/** The first level at which `pixels` are reached. */
function levelAt(histogram: Uint32Array, pixels: number): number {
  let sum = 0;
  return histogram.findIndex((count) => {
    sum += count;
    return sum >= pixels;
  });
}

const blank = (width: number, height: number) => ({
  data: new Uint8Array(3 * width * height),
  width,
  height,
});

/** Landmarks of a view in the photo. */
export function landmarksInPhoto({ toPhoto }: View, landmarks: Landmarks): Landmarks {
  const [a, b, c, d, e] = landmarks;
  return [toPhoto(a), toPhoto(b), toPhoto(c), toPhoto(d), toPhoto(e)];
}

/** A box of a view in the photo; corners count pixels from 1. */
export function boxInPhoto(
  { toPhoto }: View,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
): [number, number, number, number] {
  const [[ax, ay], [bx, by]] = [toPhoto([x1 - 1, y1 - 1]), toPhoto([x2 - 1, y2 - 1])];
  return [Math.min(ax, bx) + 1, Math.min(ay, by) + 1, Math.max(ax, bx) + 1, Math.max(ay, by) + 1];
}
