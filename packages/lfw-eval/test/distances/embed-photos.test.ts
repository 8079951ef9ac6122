import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ImageError, type RgbImage, writePng } from "@amface/images";
import { embedPhotos } from "../../src/mod.ts";

/** Red of the top left and of the bottom right corner. */
const embed = (crops: readonly RgbImage[]) =>
  Float32Array.from(crops.flatMap(({ data }) => [data[0], data[data.length - 3]]));

async function withPhotos(body: (dir: string, photos: string[]) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "amface-embed-"));
  try {
    const photos = ["0.png", "1.png", "2.png"];
    for (const [i, photo] of photos.entries()) {
      const data = new Uint8Array(2 * 2 * 3);
      // Rows of red: 10i+1 10i+2, then 10i+3 10i+4.
      for (let p = 0; p < 4; p++) data[3 * p] = 10 * i + p + 1;
      await writePng(join(dir, photo), { data, width: 2, height: 2 });
    }
    await body(dir, photos);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test("embedPhotos() joins crops with their mirror images, in order and batch by batch", async () => {
  await withPhotos(async (dir, photos) => {
    const progress: number[] = [];
    const concat = await embedPhotos(dir, photos, embed, {
      batchSize: 2,
      onProgress: (done) => progress.push(done),
    });
    assert.deepEqual(concat, { data: Float32Array.of(1, 4, 2, 3, 11, 14, 12, 13, 21, 24, 22, 23), size: 4 });
    assert.deepEqual(progress, [2, 3]);
    const sum = await embedPhotos(dir, photos, embed, { flip: "sum" });
    assert.deepEqual(sum, { data: Float32Array.of(3, 7, 23, 27, 43, 47), size: 2 });
    const none = await embedPhotos(dir, photos, async (crops) => embed(crops), { flip: "none" });
    assert.deepEqual(none, { data: Float32Array.of(1, 4, 11, 14, 21, 24), size: 2 });
  });
});

test("embedPhotos() refuses photos that cannot be read and embeddings of no fixed size", async () => {
  await withPhotos(async (dir, photos) => {
    await writeFile(join(dir, "broken.png"), "not a picture");
    await assert.rejects(embedPhotos(dir, [...photos, "broken.png"], embed, { batchSize: 2 }), ImageError);
    await assert.rejects(
      embedPhotos(dir, photos, () => Float32Array.of(1, 2)),
      RangeError,
    );
    await writePng(join(dir, "large.png"), { data: new Uint8Array(18), width: 3, height: 2 });
    await assert.rejects(embedPhotos(dir, [...photos, "large.png"], embed, { batchSize: 1 }), {
      name: "RangeError",
      message: /large\.png: expected a crop of 2x2 \(height x width\) like .*, got 2x3; align/,
    });
    let calls = 0;
    const growing = (crops: readonly RgbImage[]) => new Float32Array(crops.length * ++calls).fill(1);
    await assert.rejects(embedPhotos(dir, photos, growing, { flip: "none", batchSize: 1 }), RangeError);
    await assert.rejects(embedPhotos(dir, [], embed), RangeError);
  });
});
