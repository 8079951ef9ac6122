import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeImage, encodePng, type RgbImage } from "@amface/images";

/** A picture of 8-bit values that a formula of place and channel gives. */
function picture(
  width: number,
  height: number,
  level: (x: number, y: number, c: number) => number,
): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    level(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3),
  );
  return { data, width, height };
}

test("encodePng() keeps every pixel, whatever the picture", async () => {
  const pictures = [
    picture(1, 1, () => 200),
    picture(1, 7, (_, y, c) => y * 40 + c),
    picture(300, 2, (x, y, c) => x * 7 + y * 100 + c * 50),
    picture(64, 48, (x, y, c) => (Math.imul(x * 31 + y * 17 + c + 1, 2654435761) >>> 16) & 255),
    picture(96, 112, () => 0),
  ];
  for (const image of pictures) assert.deepEqual(await decodeImage(await encodePng(image), "a"), image);
});

test("encodePng() makes a photo-like picture smaller and a plain one tiny", async () => {
  const smooth = picture(96, 112, (x, y, c) => 128 + 60 * Math.sin(x / 9 + c) * Math.cos(y / 11));
  assert.ok((await encodePng(smooth)).length < smooth.data.length / 2);
  assert.ok((await encodePng(picture(96, 112, () => 17))).length < 1000);
});
