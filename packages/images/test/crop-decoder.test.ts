import assert from "node:assert/strict";
import { before, test } from "node:test";
import { CropDecoder, decodeImage, encodeJpeg, encodePng, type RgbImage } from "@amface/images";
import sharp from "sharp";

let decoder: CropDecoder;
before(async () => {
  decoder = await CropDecoder.create();
});

/** A photo of odd sizes with edges, gradients and noise. */
function photo(width: number, height: number, seed = 1): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const x = ((i / 3) | 0) % width;
    data[i] = ((i % 3) * 60 + 3 * x + (x > width / 2 ? 70 : 0) + (state >> 26)) & 255;
  }
  return { data, width, height };
}

const raw = ({ data, width, height }: RgbImage) => sharp(data, { raw: { width, height, channels: 3 } });

test("CropDecoder gives the pixels of decodeImage() for plain JPEG and PNG files", async () => {
  const image = photo(95, 111);
  const files = [
    await encodePng(image),
    await encodeJpeg(image, 90),
    await raw(image).jpeg({ chromaSubsampling: "4:4:4", quality: 35 }).toBuffer(),
    await raw(image).jpeg({ progressive: true }).toBuffer(),
    await raw(image).greyscale().jpeg().toBuffer(),
    await encodePng(photo(1, 1)),
    await encodeJpeg(photo(8, 3), 70),
  ];
  for (const adaptiveFiltering of [true, false])
    files.push(await raw(image).png({ adaptiveFiltering }).toBuffer());
  for (const [i, bytes] of files.entries()) {
    const expected = await decodeImage(bytes, "photo");
    assert.deepEqual(decoder.decode(bytes), expected, `file ${i}`);
    assert.deepEqual(decoder.decode(bytes, true), expected, `file ${i}, borrowed`);
  }
});

test("CropDecoder undoes every filter of a PNG", async () => {
  // Written by hand: each row names another filter, twice over, so that first rows and later ones are covered.
  const { crc32, deflateSync } = await import("node:zlib");
  for (let first = 0; first < 5; first++) {
    const [width, height] = [7, 10];
    const rows = Buffer.alloc(height * (width * 3 + 1));
    for (let i = 0; i < rows.length; i++) rows[i] = (i * 37 + (i >> 3)) & 255;
    for (let y = 0; y < height; y++) rows[y * (width * 3 + 1)] = (first + y) % 5;
    const chunk = (type: string, body: Buffer) => {
      const whole = Buffer.alloc(12 + body.length);
      whole.writeUInt32BE(body.length);
      whole.write(type, 4, "latin1");
      body.copy(whole, 8);
      whole.writeUInt32BE(crc32(whole.subarray(4, 8 + body.length)), 8 + body.length);
      return whole;
    };
    const header = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0]);
    const bytes = Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      chunk("IHDR", header),
      chunk("IDAT", deflateSync(rows)),
      chunk("IEND", Buffer.alloc(0)),
    ]);
    assert.deepEqual(decoder.decode(bytes), await decodeImage(bytes, "photo"), `first filter ${first}`);
  }
});

test("CropDecoder leaves to decodeImage() what rotates, has a profile or alpha, is large or another format", async () => {
  const image = photo(40, 30);
  const files = [
    await raw(image).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    await raw(image).jpeg().withIccProfile("p3").toBuffer(),
    await raw(image).toColourspace("cmyk").jpeg().toBuffer(),
    await raw(image).ensureAlpha(0.5).png().toBuffer(),
    await raw(image).png({ palette: true }).toBuffer(),
    await raw(image).webp().toBuffer(),
    await encodeJpeg(photo(600, 500), 90),
    await encodePng(photo(600, 500)),
  ];
  for (const [i, bytes] of files.entries()) assert.equal(decoder.decode(bytes), undefined, `file ${i}`);
});

test("CropDecoder takes no damaged file that decodeImage() refuses", async () => {
  let refused = 0;
  for (const whole of [await encodeJpeg(photo(48, 56), 90), await encodePng(photo(48, 56))]) {
    for (let i = 0; i < 120; i++) {
      const bytes = Uint8Array.from(i % 3 === 0 ? whole.subarray(0, ((i + 1) * whole.length) / 121) : whole);
      if (i % 3 !== 0) bytes[(i * 7919) % bytes.length] ^= 1 << (i % 8);
      const expected = await decodeImage(bytes, "photo").catch(() => undefined);
      if (expected === undefined) {
        refused++;
        assert.equal(decoder.decode(bytes), undefined, `damage ${i}`);
      }
    }
  }
  assert.ok(refused > 60, `${refused} refused`);
  const good = await encodeJpeg(photo(48, 56), 90);
  assert.deepEqual(decoder.decode(good), await decodeImage(good, "photo"));
});
