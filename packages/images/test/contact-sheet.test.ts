import assert from "node:assert/strict";
import { test } from "node:test";
import { contactSheet } from "@amface/images";
import sharp from "sharp";

function plain(width: number, height: number, value: number) {
  return { data: new Uint8Array(width * height * 3).fill(value), width, height };
}

test("contactSheet() lays images out in rows, in order, each in a cell of the largest size", async () => {
  const images = [plain(10, 6, 50), plain(8, 6, 100), plain(10, 6, 150)];
  const png = await contactSheet(images, { columns: 2 });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [4 + 2 * 14, 4 + 2 * 10, 3]);
  const at = (x: number, y: number) => data[(y * info.width + x) * 3];
  assert.deepEqual(
    [at(4, 4), at(18, 4), at(4, 14), at(0, 0), at(27, 4), at(18, 14)],
    [50, 100, 150, 255, 255, 255],
  );
});

test("contactSheet() draws larger on demand, and in full colour", async () => {
  const png = await contactSheet([plain(10, 6, 77)], { scale: 2, palette: false });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, data[(4 * 28 + 4) * 3]], [4 + 24, 4 + 16, 77]);
  assert.equal(png[25], 2, "the header's colour type is RGB");
});

test("contactSheet() refuses an empty list", async () => {
  await assert.rejects(contactSheet([]), /expected images, got none/);
});
