import type { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";

/** Share of the pictures that stay grey. */
const GREY = 0.15;
/** Cells of colour along each side. */
const CELLS = 4;

/** A colour's distance from grey: what is added to red, green and blue. */
type Tint = readonly [number, number, number];

/**
 * Colours a grey picture at random: shadows, middle and light levels get a tint each, as materials have, and places another,
 * which blends from cell to cell of a coarse grid. Grey levels stay about the same.
 */
export function coloured({ data, width, height }: RgbImage, random: Random): RgbImage {
  if (random.chance(GREY)) return { data, width, height };
  const strength = random.uniform(5, 45);
  const byLevel = tintsOfLevels(Array.from({ length: 3 }, () => drawTint(strength, random)));
  const cells = Array.from({ length: (CELLS + 1) ** 2 }, () => drawTint(0.7 * strength, random));
  const result = new Uint8ClampedArray(data.length);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k += 3) {
      const level = data[k + 1];
      const [u, v] = [(x / width) * CELLS, (y / height) * CELLS];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, down] = [u - left, v - top];
      const at = top * (CELLS + 1) + left;
      for (let c = 0; c < 3; c++) {
        const above = cells[at][c] * (1 - right) + cells[at + 1][c] * right;
        const below = cells[at + CELLS + 1][c] * (1 - right) + cells[at + CELLS + 2][c] * right;
        result[k + c] = data[k + c] + byLevel[3 * level + c] + above * (1 - down) + below * down;
      }
    }
  }
  return { data: new Uint8Array(result.buffer), width, height };
}

/** A tint without light of its own: its grey level is 0. */
function drawTint(strength: number, random: Random): Tint {
  const [red, green, blue] = [0, 1, 2].map(() => strength * random.normal());
  const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [red - grey, green - grey, blue - grey];
}

/** The tint of each of the 256 levels, between those of black, middle and white; the darkest and lightest have little. */
function tintsOfLevels(tints: readonly Tint[]): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * 2;
    const first = Math.min(1, Math.floor(at));
    const room = Math.min(1, level / 64, (255 - level) / 64);
    for (let c = 0; c < 3; c++) {
      const tint = tints[first][c] + (at - first) * (tints[first + 1][c] - tints[first][c]);
      table[3 * level + c] = room * tint;
    }
  }
  return table;
}
