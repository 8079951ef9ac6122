import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import { coloured } from "../../training/coloured.ts";

const WIDTH = 64;
/** A ramp from black to white. */
const ramp: RgbImage = {
  data: Uint8Array.from({ length: 3 * WIDTH * 16 }, (_, i) => (Math.floor(i / 3) % WIDTH) * 4),
  width: WIDTH,
  height: 16,
};
const seeds = Array.from({ length: 100 }, (_, i) => i);
const pixelsOf = ({ data }: RgbImage) =>
  Array.from({ length: data.length / 3 }, (_, i) => [data[3 * i], data[3 * i + 1], data[3 * i + 2]]);

test("coloured() gives most pictures colours, some none, the same for the same seed", () => {
  const spreads = seeds.map((seed) => {
    const image = coloured(ramp, new Random(seed));
    assert.deepEqual(image, coloured(ramp, new Random(seed)));
    return Math.max(...pixelsOf(image).map((pixel) => Math.max(...pixel) - Math.min(...pixel)));
  });
  const grey = spreads.filter((spread) => spread === 0).length;
  assert.ok(grey > 5 && grey < 30, `${grey} grey`);
  assert.ok(spreads.filter((spread) => spread > 20).length > 60);
});

test("coloured() keeps grey levels but where a channel ends, and leaves its picture as it is", () => {
  const before = Uint8Array.from(ramp.data);
  for (const seed of seeds.slice(0, 20)) {
    const image = pixelsOf(coloured(ramp, new Random(seed)));
    for (const [i, [red, green, blue]] of image.entries()) {
      if ([red, green, blue].some((value) => value === 0 || value === 255)) continue;
      const level = 0.299 * red + 0.587 * green + 0.114 * blue;
      assert.ok(Math.abs(level - ramp.data[3 * i]) < 2, `${level} for ${ramp.data[3 * i]}`);
    }
  }
  assert.deepEqual(ramp.data, before);
});
