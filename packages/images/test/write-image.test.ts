import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { encodeJpeg, encodePng, readImage, writePng } from "@amface/images";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-images-"));
});
after(() => rm(dir, { recursive: true }));

const image = { data: Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => i * 4), width: 5, height: 4 };

test("writePng() writes what readImage() reads back, into folders that it makes", async () => {
  const path = join(dir, "new", "person", "a.png");
  await writePng(path, image);
  assert.deepEqual(await readImage(path), image);
  assert.deepEqual(await readdir(join(dir, "new", "person")), ["a.png"]);
});

test("encodePng() and encodeJpeg() refuse data that does not fit the sizes", async () => {
  const short = { ...image, width: 6 };
  await assert.rejects(encodePng(short), /Cannot encode a PNG: expected 72 bytes of RGB for 6x4, got 60/);
  await assert.rejects(encodeJpeg(short, 90), RangeError);
  await assert.rejects(encodeJpeg(image, 0), /quality of 1 to 100, got 0/);
});

test("encodeJpeg() loses more at a lower quality", async () => {
  const [good, bad] = await Promise.all([encodeJpeg(image, 95), encodeJpeg(image, 5)]);
  assert.ok(good.length > bad.length);
  assert.deepEqual([...good.subarray(0, 2)], [0xff, 0xd8]);
});
