import assert from "node:assert/strict";
import { before, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
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

/** A PNG with rows of noise that name these filters, in turns. */
function filtered(width: number, height: number, filters: readonly number[]): Uint8Array {
  const stride = width * 3 + 1;
  const rows = Buffer.alloc(height * stride);
  let state = width * 31 + filters.length;
  for (let i = 0; i < rows.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    rows[i] = i % stride === 0 ? filters[(i / stride) % filters.length] : state >> 17;
  }
  const chunk = (type: string, body: Buffer) => {
    const whole = Buffer.alloc(12 + body.length);
    whole.writeUInt32BE(body.length);
    whole.write(type, 4, "latin1");
    body.copy(whole, 8);
    whole.writeUInt32BE(crc32(whole.subarray(4, 8 + body.length)), 8 + body.length);
    return whole;
  };
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0])),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

test("CropDecoder undoes every filter of a PNG at any width", async () => {
  const orders = [[0], [1], [2], [3], [4], [4, 4, 4, 4, 0], [1, 4, 4, 4, 4, 2, 4, 4, 4, 4, 4, 4, 4, 4]];
  for (let first = 0; first < 5; first++) orders.push([0, 1, 2, 3, 4].map((filter) => (first + filter) % 5));
  for (const filters of orders) {
    for (const width of [1, 2, 3, 4, 5, 6, 7, 11, 16, 33, 96]) {
      const bytes = filtered(width, 15, filters);
      assert.deepEqual(decoder.decode(bytes), await decodeImage(bytes, "photo"), `${filters}, ${width} wide`);
    }
  }
});

test("CropDecoder knows no sixth filter, wherever a row names it", () => {
  for (let bad = 0; bad < 9; bad++) {
    const filters = new Array(9).fill(4).with(bad, 5);
    assert.equal(decoder.decode(filtered(12, 9, filters)), undefined);
  }
});

test("CropDecoder keeps no trace of a larger photo, and leaves pixels alone that are not borrowed", async () => {
  for (const [large, small] of [
    [filtered(300, 200, [4]), filtered(5, 6, [3])],
    [await encodeJpeg(photo(300, 200), 90), await encodeJpeg(photo(5, 6), 90)],
  ]) {
    const expected = await decodeImage(small, "photo");
    const first = decoder.decode(small);
    decoder.decode(large);
    assert.deepEqual(first, expected);
    assert.deepEqual(decoder.decode(small), expected);
    assert.deepEqual(first, expected);
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

test("CropDecoder takes no JPEG that stops before its end marker", async () => {
  for (const progressive of [false, true]) {
    const whole = await raw(photo(96, 112)).jpeg({ quality: 90, progressive }).toBuffer();
    assert.ok(decoder.decode(whole));
    for (let at = 700; at < whole.length - 40; at += 37) {
      const cut = Buffer.concat([whole.subarray(0, at), whole.subarray(-2)]);
      assert.equal(decoder.decode(cut), undefined, `cut at ${at} of ${whole.length}`);
      const zeros = Buffer.from(whole).fill(0, at, whole.length - 2);
      assert.equal(decoder.decode(zeros), undefined, `zeros from ${at} of ${whole.length}`);
    }
  }
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
