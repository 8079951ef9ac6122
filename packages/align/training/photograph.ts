import { augment, type Random } from "@amface/data";
import { CropDecoder, type RgbImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";
import { resizeArea } from "../src/warp/resize-area.ts";

const decoder = CropDecoder.create();

/** Covers a part of each face, up to three fifths of its width, by a rectangle of one colour or of another part of the photo. */
export function occluded(
  image: RgbImage,
  faces: readonly { readonly box: Corners }[],
  random: Random,
): RgbImage {
  const data = Uint8Array.from(image.data);
  const { width, height } = image;
  for (const { box } of faces) {
    const [w, h] = [box.x2 - box.x1, box.y2 - box.y1];
    const flat = random.chance(0.5);
    const [cw, ch] = random.chance(0.3)
      ? [0.9 * w, random.uniform(0.1, 0.2) * h]
      : [random.uniform(0.2, 0.6) * w, random.uniform(0.2, 0.5) * h];
    const left = Math.round(box.x1 + random.uniform(-0.1, 1.1) * (w - cw));
    const top = Math.round(box.y1 + random.uniform(0, 1.1) * (h - ch));
    const colour = [random.int(256), random.int(256), random.int(256)];
    const [sx, sy] = [random.int(width), random.int(height)];
    for (let y = Math.max(0, top); y < Math.min(height, top + ch); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + cw); x++) {
        const from = ((sy + y) % height) * width + ((sx + x) % width);
        for (let c = 0; c < 3; c++)
          data[(y * width + x) * 3 + c] = flat ? colour[c] : image.data[from * 3 + c];
      }
    }
  }
  return { data, width, height };
}

/** The height in pixels that a face out of focus would have if it were sharp. */
const UNFOCUSED = [11, 34] as const;

/** Blurs a photo as a lens set to another distance does, as far as leaves the largest of `faces` some detail; smaller ones keep less. */
export function outOfFocus(image: RgbImage, faces: readonly Corners[], random: Random): RgbImage {
  const largest = Math.max(0, ...faces.map(({ y1, y2 }) => y2 - y1));
  const [low, high] = UNFOCUSED;
  const factor = (low * (high / low) ** random.next()) / largest;
  if (!(factor < 0.9)) return image;
  const { width, height } = image;
  const whole = { left: 0, top: 0, width, height };
  const small = resizeArea(image, whole, Math.ceil(height * factor), Math.ceil(width * factor));
  return enlarged(small, width, height);
}

/** Resizes a photo by blending neighbours; the edge repeats. */
function enlarged(small: RgbImage, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const place = (at: number, length: number, of: number) => {
    const from = Math.min(of - 1, Math.max(0, ((at + 0.5) * of) / length - 0.5));
    const first = Math.min(Math.floor(from), Math.max(0, of - 2));
    return { first, next: Math.min(first + 1, of - 1), share: from - first };
  };
  const columns = Array.from({ length: width }, (_, x) => place(x, width, small.width));
  for (let y = 0; y < height; y++) {
    const row = place(y, height, small.height);
    const [top, bottom] = [row.first * small.width, row.next * small.width];
    for (const [x, { first, next, share }] of columns.entries()) {
      for (let c = 0; c < 3; c++) {
        const [a, b] = [small.data[(top + first) * 3 + c], small.data[(top + next) * 3 + c]];
        const [d, e] = [small.data[(bottom + first) * 3 + c], small.data[(bottom + next) * 3 + c]];
        const above = a + share * (b - a);
        data[(y * width + x) * 3 + c] = Math.round(above + row.share * (d + share * (e - d) - above));
      }
    }
  }
  return { data, width, height };
}

/** Light, colours, blur, noise and compression. */
export async function photographed(image: RgbImage, random: Random): Promise<RgbImage> {
  const blur = random.chance(0.3) ? 1 + random.int(Math.max(1, Math.round(image.width / 80))) : 0;
  const changed = await augment(
    image,
    {
      flip: false,
      brightness: 0.35,
      contrast: 0.4,
      saturation: 0.5,
      grey: 0.12,
      blur,
      ...(random.chance(0.3) && { jpegQuality: [30, 95] as const }),
    },
    random.fork("colours"),
    await decoder,
  );
  return random.chance(0.25) ? darkened(changed, random) : changed;
}

/** As a photo taken with too little light, or too much: gain, gamma and the noise of the sensor. */
function darkened({ data, width, height }: RgbImage, random: Random): RgbImage {
  const gain = random.chance(0.75) ? 0.12 * 8 ** random.next() : random.uniform(1, 1.8);
  const gamma = random.uniform(0.7, 1.5);
  const noise = random.uniform(0, 4);
  const table = Float32Array.from({ length: 256 }, (_, level) => 255 * gain * (level / 255) ** gamma);
  const draws = new Uint32Array(data.length);
  random.fill(draws);
  const result = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) {
    const draw = draws[i];
    // About normal: the sum of four bytes has standard deviation 148.
    const sum = (draw & 255) + ((draw >>> 8) & 255) + ((draw >>> 16) & 255) + (draw >>> 24) - 510;
    result[i] = table[data[i]] + (noise / 148) * sum;
  }
  return { data: new Uint8Array(result.buffer), width, height };
}
