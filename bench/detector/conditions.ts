import { type Affine, warpAffine } from "@amface/align";
import type { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import sharp from "sharp";
import { type KnownPhoto, moveFaces } from "./known-photo.ts";
import { mean } from "./table.ts";
import { meanOf, type TrueFace } from "./true-faces.ts";

/** Something that makes faces harder to find; the truth goes along. */
export interface Condition {
  readonly name: string;
  readonly apply: (photo: KnownPhoto, random: Random) => KnownPhoto | Promise<KnownPhoto>;
}

export const CONDITIONS: readonly Condition[] = [
  { name: "as it is", apply: (photo) => photo },
  { name: "half as large", apply: (photo) => scale(photo, 0.5) },
  { name: "twice as large", apply: (photo) => scale(photo, 2) },
  ...[-30, -15, 15, 30].map((degrees) => ({
    name: `rolled by ${degrees}°`,
    apply: (photo: KnownPhoto) => roll(photo, degrees),
  })),
  { name: "0.3 of the light", apply: (photo, random) => darken(photo, 0.3, 0, random) },
  { name: "0.15 of the light, noise of 4", apply: (photo, random) => darken(photo, 0.15, 4, random) },
  { name: "blurred by 0.03 of the face", apply: (photo) => blur(photo, 0.03) },
  { name: "blurred by 0.06 of the face", apply: (photo) => blur(photo, 0.06) },
  { name: "a quarter of the box covered", apply: coverQuarter },
  { name: "a bar over the eyes", apply: coverEyes },
];

/** By half, the blend of four neighbours is the mean of each 2×2 pixels. */
function scale({ image, faces }: KnownPhoto, factor: 0.5 | 2): KnownPhoto {
  // Points count from the middle of the first pixel, sizes from its edge.
  const shift = (factor - 1) / 2;
  const matrix: Affine = [
    [factor, 0, shift],
    [0, factor, shift],
  ];
  const [height, width] = [image.height, image.width].map((side) => Math.round(side * factor));
  const scaled = warpAffine(image, matrix, height, width);
  return { image: scaled, faces: moveFaces(faces, matrix, scaled) };
}

/** Turns the picture about its faces' middle, clockwise for positive angles; what comes from outside is black. */
function roll({ image, faces }: KnownPhoto, degrees: number): KnownPhoto {
  const [x, y] = meanOf(faces.flatMap(({ landmarks }) => landmarks));
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const matrix: Affine = [
    [cos, -sin, x - cos * x + sin * y],
    [sin, cos, y - sin * x - cos * y],
  ];
  const rolled = warpAffine(image, matrix, image.height, image.width);
  return { image: rolled, faces: moveFaces(faces, matrix, rolled) };
}

/** @param noise Standard deviation of what the sensor adds, in grey levels. */
function darken({ image, faces }: KnownPhoto, light: number, noise: number, random: Random): KnownPhoto {
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    const value = image.data[i] * light + (noise > 0 ? noise * random.normal() : 0);
    data[i] = Math.round(Math.min(255, Math.max(0, value)));
  }
  return { image: { ...image, data }, faces };
}

/** @param share Standard deviation of the Gaussian, over the mean side of the faces' boxes. */
async function blur({ image, faces }: KnownPhoto, share: number): Promise<KnownPhoto> {
  const sigma = share * mean(faces.map(sideOf));
  const { data: pixels, width, height } = image;
  const data = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .blur(sigma)
    .raw()
    .toBuffer();
  return { image: { ...image, data: new Uint8Array(data) }, faces };
}

/** Grey over one quarter of each face's box, which quarter by chance. */
function coverQuarter({ image, faces }: KnownPhoto, random: Random): KnownPhoto {
  const data = new Uint8Array(image.data);
  for (const { box } of faces) {
    const [x1, y1, x2, y2] = box;
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const [left, top] = [random.int(2) === 0 ? x1 : x, random.int(2) === 0 ? y1 : y];
    const isCovered = (px: number, py: number) =>
      px >= left && px < left + x - x1 && py >= top && py < top + y - y1;
    paint({ ...image, data }, 128, isCovered);
  }
  return { image: { ...image, data }, faces };
}

/** Nearly black along the line of the eyes: 0.4 of their distance beyond each, and half of it high. */
function coverEyes({ image, faces }: KnownPhoto): KnownPhoto {
  const data = new Uint8Array(image.data);
  for (const { landmarks } of faces) {
    const [[ax, ay], [bx, by]] = landmarks;
    const eyes = Math.hypot(bx - ax, by - ay);
    const [right, down] = [(bx - ax) / eyes, (by - ay) / eyes];
    const isCovered = (px: number, py: number) => {
      const along = (px - ax) * right + (py - ay) * down;
      const across = (py - ay) * right - (px - ax) * down;
      return along > -0.4 * eyes && along < 1.4 * eyes && Math.abs(across) < eyes / 4;
    };
    paint({ ...image, data }, 20, isCovered);
  }
  return { image: { ...image, data }, faces };
}

function paint(
  { data, width, height }: RgbImage,
  grey: number,
  isCovered: (x: number, y: number) => boolean,
) {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (isCovered(x, y)) data.fill(grey, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
}

const sideOf = ({ box: [x1, y1, x2, y2] }: TrueFace) => (x2 - x1 + y2 - y1) / 2;
