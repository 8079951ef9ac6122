import { CROP_SIZE, faceTemplate, type Landmarks, type RgbImage } from "@amface/images";
import { Canvas, type Rgb } from "../drawing/canvas.ts";
import { smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import type { Random } from "../numbers/random.ts";
import { type MaskShape, maskShape } from "./mask-shape.ts";

const eyeDistance = ([left, right]: Landmarks) => right[0] - left[0];
/** In pixels of a crop 112 high and 96 wide, in which lines and dots are measured. */
const EYE_DISTANCE = eyeDistance(faceTemplate(CROP_SIZE));

/**
 * Draws a mask over nose, mouth and chin of an aligned crop of any size, by the landmarks that aligned crops share
 * (`faceTemplate`). Its kind, colour, pattern, height and width are drawn at random, as is the light on it.
 *
 * @returns A new image; pixels beside mask and strings are as they were.
 */
export function drawMask(image: RgbImage, random: Random): RgbImage {
  const landmarks = faceTemplate(image);
  const [left, right] = landmarks;
  const scale = eyeDistance(landmarks);
  const place = (points: readonly number[]) =>
    points.map(
      (value, i) => (i % 2 === 0 ? (left[0] + right[0]) / 2 : (left[1] + right[1]) / 2) + value * scale,
    );
  const shape = maskShape(random.fork("shape"));
  const canvas = Canvas.of(image);
  const colour = maskColour(random.fork("colour"));
  const strings = random.fork("strings");
  if (strings.chance(0.6)) {
    const string = strings.chance(0.5) ? colour : maskColour(strings);
    const width = strings.uniform(0.02, 0.06) * scale;
    for (const line of shape.strings) canvas.fill([stroke(place(line), () => width)], string);
  }
  const outline = shape.pointed ? place(shape.outline) : smoothLoop(place(shape.outline));
  canvas.fill([outline], colour);
  canvas.within(outline, () => {
    drawPattern(canvas, shape, { place, pixel: scale / EYE_DISTANCE }, random.fork("pattern"));
    drawLight(canvas, place, scale, random.fork("light"));
  });
  return canvas.toImage();
}

/** White to black, medical pale blues and greens, or any colour; linear light. */
function maskColour(random: Random): Rgb {
  const level = random.uniform(0.1, 1);
  const tint = random.pick([0, 0.15, 0.5, 1]);
  const any: Rgb = [random.next(), random.next(), random.next()];
  return [0, 1, 2].map((c) => level * level * (1 - tint + tint * any[c])) as unknown as Rgb;
}

type Place = (points: readonly number[]) => number[];

interface Measures {
  readonly place: Place;
  /** How many pixels are one of a crop 112 high and 96 wide. */
  readonly pixel: number;
}

/** Pleats, stripes, dots or nothing. */
function drawPattern(
  canvas: Canvas,
  { outline }: MaskShape,
  { place, pixel }: Measures,
  random: Random,
): void {
  const kind = random.pick(["plain", "plain", "pleats", "stripes", "dots"]);
  if (kind === "plain") return;
  const colour = maskColour(random);
  const top = outline[1];
  if (kind === "dots") {
    for (let dot = 0; dot < 24; dot++) {
      const [x, y] = place([random.uniform(-1, 1), random.uniform(top, 2)]);
      const radius = random.uniform(1, 4) * pixel;
      canvas.spot(x, y, radius, radius, colour, random.uniform(0.4, 1));
    }
    return;
  }
  const upright = kind === "stripes" && random.chance(0.5);
  const gap = kind === "pleats" ? random.uniform(0.2, 0.35) : random.uniform(0.12, 0.4);
  const width = (kind === "pleats" ? random.uniform(0.8, 1.5) : random.uniform(1, 4)) * pixel;
  const alpha = kind === "pleats" ? random.uniform(0.1, 0.4) : random.uniform(0.3, 1);
  const sag = random.uniform(-0.1, 0.2);
  for (let at = upright ? -1.2 : top; at < 2; at += gap) {
    const line = upright ? [at, 0, at * 1.1, 1, at, 2] : [-1.2, at, 0, at + sag, 1.2, at];
    canvas.fill([stroke(smoothLine(place(line)), () => width)], colour, alpha);
  }
}

/** Light from one side and shade on the other, as far as the mask stands out. */
function drawLight(canvas: Canvas, place: Place, scale: number, random: Random): void {
  const side = random.chance(0.5) ? 1 : -1;
  const [lightX, lightY] = place([side * random.uniform(0, 0.6), random.uniform(0.6, 1)]);
  const [shadeX, shadeY] = place([-side * random.uniform(0.6, 1.2), random.uniform(1, 1.8)]);
  canvas.spot(lightX, lightY, scale, scale, [1, 1, 1], random.uniform(0, 0.25));
  canvas.spot(shadeX, shadeY, 1.4 * scale, 1.4 * scale, [0, 0, 0], random.uniform(0, 0.7));
}
