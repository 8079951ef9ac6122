import type { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";

/** Most strokes of a letter. */
const STROKES = 4;

/**
 * Puts up to three patches of what detectors take for faces on a photo, away from its faces: lettering, and cloth whose
 * pattern repeats a small piece of the photo.
 */
export function cluttered(image: RgbImage, avoid: readonly Corners[], random: Random): RgbImage {
  const result = { ...image, data: Uint8Array.from(image.data) };
  const { width, height } = image;
  for (let left = 1 + random.int(3); left > 0; left--) {
    const [w, h] = [random.uniform(0.15, 0.6) * width, random.uniform(0.1, 0.4) * height].map(Math.round);
    const x1 = random.int(Math.max(1, width - w));
    const y1 = random.int(Math.max(1, height - h));
    const patch = { x1, y1, x2: Math.min(width, x1 + w), y2: Math.min(height, y1 + h) };
    // Boxes are counted from 1, the patch from 0 without its end.
    const meets = ({ x1, y1, x2, y2 }: Corners) =>
      x1 <= patch.x2 && x2 > patch.x1 && y1 <= patch.y2 && y2 > patch.y1;
    if (avoid.some(meets)) continue;
    if (random.chance(0.5)) weave(result, image, patch, random);
    else write(result, patch, random);
  }
  return result;
}

/** Repeats a piece of the photo over a patch. */
function weave(
  { data, width }: RgbImage,
  source: RgbImage,
  { x1, y1, x2, y2 }: Corners,
  random: Random,
): void {
  const [across, down] = [3 + random.int(18), 3 + random.int(18)];
  const left = random.int(Math.max(1, width - across));
  const top = random.int(Math.max(1, source.height - down));
  const contrast = random.uniform(1, 3);
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) {
      const from = ((top + ((y - y1) % down)) * width + left + ((x - x1) % across)) * 3;
      for (let c = 0; c < 3; c++)
        clamped[(y * width + x) * 3 + c] = 128 + contrast * (source.data[from + c] - 128);
    }
  }
}

/** Writes lines of letters, made of a few strokes each, on one colour or on the photo. */
function write({ data, width }: RgbImage, { x1, y1, x2, y2 }: Corners, random: Random): void {
  const size = Math.max(8, Math.round((y2 - y1) / (1 + random.int(3))));
  const [ink, paper] = [0, 1].map(() => [random.int(256), random.int(256), random.int(256)]);
  const onPaper = random.chance(0.6);
  const thickness = size * random.uniform(0.06, 0.14);
  for (let top = y1; top + size <= y2; top += size) {
    for (let left = x1; left + size * 0.7 <= x2; left += Math.round(size * 0.7)) {
      const strokes = Array.from({ length: 2 + random.int(STROKES - 1) }, () => drawStroke(random));
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < Math.round(size * 0.7); x++) {
          const isInk = strokes.some((distance) => distance(x / size, y / size) * size < thickness);
          const colour = isInk ? ink : onPaper ? paper : undefined;
          if (colour) data.set(colour, ((top + y) * width + left + x) * 3);
        }
      }
    }
  }
}

/** A stroke of a letter 0.7 wide and 1 high, as the distance from it: a bar, a slanted bar or a bow. */
function drawStroke(random: Random): (x: number, y: number) => number {
  const grid = (steps: number, length: number) => length * (0.15 + (0.7 * random.int(steps)) / (steps - 1));
  const [ax, ay, bx, by] = [grid(2, 0.7), grid(3, 1), grid(3, 0.7), grid(3, 1)];
  if (random.chance(0.3)) {
    const radius = random.pick([0.16, 0.24]);
    return (x, y) => Math.abs(Math.hypot(x - 0.35, y - ay) - radius);
  }
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  return (x, y) => {
    const along =
      length > 0 ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
  };
}
