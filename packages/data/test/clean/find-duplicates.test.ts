import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  findDuplicates,
  hashDistance,
  hashPhotos,
  type PhotoHash,
  perceptualHash,
  renderFace,
} from "@amface/data";
import { listIdentities } from "@amface/files";
import { decodeImage, encodeJpeg, type RgbImage, readImage } from "@amface/images";
import { sharedData } from "../../../../test/shared-data.ts";
import { temporaryFolder } from "../crops.ts";

/** An image at another size, by bilinear interpolation. */
function resized({ data, width, height }: RgbImage, w: number, h: number): RgbImage {
  const out = new Uint8Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const u = Math.max(0, Math.min(width - 1.001, ((x + 0.5) * width) / w - 0.5));
      const v = Math.max(0, Math.min(height - 1.001, ((y + 0.5) * height) / h - 0.5));
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [s, t] = [u - left, v - top];
      for (let c = 0; c < 3; c++) {
        const at = (dx: number, dy: number) => data[((top + dy) * width + left + dx) * 3 + c];
        const upper = at(0, 0) * (1 - s) + at(1, 0) * s;
        const lower = at(0, 1) * (1 - s) + at(1, 1) * s;
        out[(y * w + x) * 3 + c] = Math.round(upper * (1 - t) + lower * t);
      }
    }
  }
  return { data: out, width: w, height: h };
}

const EDITS: Record<string, (image: RgbImage) => RgbImage | Promise<RgbImage>> = {
  "JPEG of quality 75": async (image) => decodeImage(await encodeJpeg(image, 75), "copy"),
  "JPEG of quality 30": async (image) => decodeImage(await encodeJpeg(image, 30), "copy"),
  "two thirds of the size": ({ width, height, ...rest }) =>
    resized({ width, height, ...rest }, Math.round(width / 1.5), Math.round(height / 1.5)),
  "twice the size": ({ width, height, ...rest }) =>
    resized({ width, height, ...rest }, 2 * width, 2 * height),
  "half the size, stretched, JPEG of quality 60": async ({ width, height, ...rest }) =>
    decodeImage(await encodeJpeg(resized({ width, height, ...rest }, width >> 1, height), 60), "copy"),
  "a little brighter": ({ data, ...size }) => ({
    data: data.map((v) => Math.min(255, v * 1.1 + 5)),
    ...size,
  }),
};

/** Of copies under each edit, how many keep within 4 bits; and of different photos, how many come that near. */
async function measure(
  photos: readonly RgbImage[],
): Promise<{ kept: Record<string, number>; confused: number }> {
  const hashes = photos.map(perceptualHash);
  const kept: Record<string, number> = {};
  for (const [name, edit] of Object.entries(EDITS)) {
    let near = 0;
    for (const [i, photo] of photos.entries()) {
      if (hashDistance(hashes[i], perceptualHash(await edit(photo))) <= 4) near++;
    }
    kept[name] = near / photos.length;
  }
  let confused = 0;
  hashes.forEach((a, i) => {
    for (let j = 0; j < i; j++) if (hashDistance(a, hashes[j]) <= 4) confused++;
  });
  return { kept, confused };
}

test("perceptualHash() tells re-encoded and resized copies from other photos, on generated faces", async () => {
  const photos = Array.from({ length: 40 }, (_, i) => renderFace(i, 1, { size: 120 }).image);
  const { kept, confused } = await measure(photos);
  for (const [edit, share] of Object.entries(kept)) assert.ok(share >= 0.95, `${edit}: ${share}`);
  assert.ok(confused <= 1, `${confused} of 780 pairs`);
});

test("perceptualHash() tells re-encoded and resized copies from other photos, on photos of LFW", {
  skip: sharedData("lfw", "images") ? false : "needs ../shared/data",
}, async () => {
  const dir = sharedData("lfw", "images")!;
  const files = (await listIdentities(dir)).slice(0, 50).map(({ files }) => files[0]);
  const { kept, confused } = await measure(
    await Promise.all(files.map((file) => readImage(join(dir, file)))),
  );
  for (const [edit, share] of Object.entries(kept)) assert.ok(share >= 0.95, `${edit}: ${share}`);
  assert.equal(confused, 0);
});

test("perceptualHash() takes pictures of any size, and of one colour", () => {
  for (const [width, height] of [
    [1, 1],
    [3, 500],
    [32, 32],
    [33, 31],
  ]) {
    const grey = { data: new Uint8Array(width * height * 3).fill(90), width, height };
    const [high, low] = perceptualHash(grey);
    assert.ok(high >= 0 && high < 2 ** 32 && low >= 0 && low < 2 ** 32);
  }
});

const photo = (path: string, bits: number, pixels = 100, sha256 = path): PhotoHash => ({
  path,
  sha256,
  hash: [0, bits],
  pixels,
});

test("findDuplicates() groups near hashes, keeps the largest photo and tells whose copy is whose", () => {
  const rows = findDuplicates(
    [
      photo("a/1", 0b0),
      photo("a/2", 0b1, 400),
      photo("b/1", 0b11, 100),
      photo("c/1", 0xffff0000),
      photo("c/2", 0xffff0000, 100, "c/1"),
      photo("d/1", 0x00ff00ff),
    ],
    1,
  );
  assert.deepEqual(
    rows.map(({ path, group, of, distance, exact, sameIdentity, keep }) =>
      [path, group, of, distance, exact, sameIdentity, keep].join(" "),
    ),
    [
      "a/1 0 a/2 1 false true false",
      "a/2 0 a/2 0 true true true",
      "b/1 0 a/2 1 false false false",
      "c/1 1 c/1 0 true true true",
      "c/2 1 c/1 0 true true false",
    ],
  );
  assert.deepEqual(findDuplicates([]), []);
  assert.throws(() => findDuplicates([photo("a/1", 0)], 40), /0 to 31 bits/);
});

test("findDuplicates() is quick where very many photos are equal", () => {
  const rows = findDuplicates(Array.from({ length: 50_000 }, (_, i) => photo(`a/${i}`, i % 3)));
  assert.equal(rows.length, 50_000);
  assert.equal(rows.filter(({ keep }) => keep).length, 1);
});

test("hashPhotos() reads photos, and reports those that cannot be read", async () => {
  const dir = await temporaryFolder();
  await mkdir(join(dir, "a"));
  const { image } = renderFace(1, 1);
  await writeFile(join(dir, "a", "1.jpg"), await encodeJpeg(image, 90));
  await copyFile(join(dir, "a", "1.jpg"), join(dir, "a", "2.jpg"));
  await writeFile(join(dir, "a", "3.jpg"), (await readFile(join(dir, "a", "1.jpg"))).subarray(0, 500));
  const files = ["a/1.jpg", "a/2.jpg", "a/3.jpg", "a/4.jpg"];
  const skipped: string[] = [];
  const hashes = await hashPhotos(dir, files, { onSkip: ({ error }) => skipped.push(error.reason) });
  assert.deepEqual(
    hashes.map(({ path, pixels }) => [path, pixels]),
    [
      ["a/1.jpg", 128 * 128],
      ["a/2.jpg", 128 * 128],
    ],
  );
  assert.equal(hashes[0].sha256, hashes[1].sha256);
  assert.deepEqual(skipped.sort(), ["missing", "truncated"]);
  await assert.rejects(hashPhotos(dir, files), /a\/[34]\.jpg/);
});
