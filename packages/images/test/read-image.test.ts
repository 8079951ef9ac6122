import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  decodeImage,
  encodeJpeg,
  ImageError,
  type ImageProblem,
  type RgbImage,
  readImage,
} from "@amface/images";
import sharp, { type Sharp } from "sharp";
import { isTruncated } from "../src/is-truncated.ts";
import { withoutFiller } from "../src/without-filler.ts";

const PNG_16_BIT_MAX = 65535;

/** A 40x30 photo: red grows to the right, green downwards, blue is 60. */
function gradient(): RgbImage {
  const [width, height] = [40, 30];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x * 6, y * 8, 60], (y * width + x) * 3);
  }
  return { data, width, height };
}

function raw({ data, width, height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function refusal(reason: ImageProblem, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ImageError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.equal(error.path, "a.jpg");
    return true;
  };
}

test("decodeImage() gives a PNG's pixels back exactly", async () => {
  const image = gradient();
  const decoded = await decodeImage(await raw(image).png().toBuffer(), "a.png");
  assert.deepEqual(decoded, image);
});

test("decodeImage() expands grey to three equal channels", async () => {
  const grey = await sharp(Uint8Array.of(0, 100, 200, 255), { raw: { width: 2, height: 2, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  assert.equal((await sharp(grey).metadata()).channels, 1);
  const { data, width, height } = await decodeImage(grey, "grey.png");
  assert.deepEqual([width, height], [2, 2]);
  assert.deepEqual([...data], [0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255]);
});

test("decodeImage() lays alpha over black", async () => {
  const rgba = Uint8Array.of(200, 100, 50, 255, 200, 100, 50, 0);
  const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
    .png()
    .toBuffer();
  const { data } = await decodeImage(png, "alpha.png");
  assert.deepEqual([...data], [200, 100, 50, 0, 0, 0]);
});

test("decodeImage() reduces 16 bits a channel to 8", async () => {
  const samples = Uint16Array.of(PNG_16_BIT_MAX, 0, 128 * 257);
  const png = await sharp(samples, { raw: { width: 1, height: 1, channels: 3 } })
    .toColourspace("rgb16")
    .png()
    .toBuffer();
  assert.equal((await sharp(png).metadata()).depth, "ushort");
  assert.deepEqual([...(await decodeImage(png, "deep.png")).data], [255, 0, 128]);
});

test("decodeImage() converts CMYK to RGB of about the same colours", async () => {
  const image = gradient();
  const cmyk = await raw(image).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
  assert.equal((await sharp(cmyk).metadata()).space, "cmyk");
  const decoded = await decodeImage(cmyk, "cmyk.jpg");
  assert.equal(decoded.data.length, image.data.length);
  const error = decoded.data.reduce((sum, v, i) => sum + Math.abs(v - image.data[i]), 0) / image.data.length;
  assert.ok(error < 16, `mean error ${error}`);
});

test("decodeImage() honours the EXIF rotation", async () => {
  const jpeg = await raw(gradient()).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
  const { data, width, height } = await decodeImage(jpeg, "turned.jpg");
  assert.deepEqual([width, height], [30, 40]);
  // A quarter turn clockwise: red now grows downwards, green to the left.
  const at = (x: number, y: number) => data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
  assert.ok(at(15, 39)[0] > 200 && at(15, 0)[0] < 30, "red");
  assert.ok(at(0, 20)[1] > 200 && at(29, 20)[1] < 30, "green");
});

test("decodeImage() takes the first frame of an animation", async () => {
  const frames = new Uint8Array(4 * 8 * 3).fill(250, 0, 4 * 4 * 3);
  const gif = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    .gif()
    .toBuffer();
  const { data, width, height } = await decodeImage(gif, "a.gif");
  assert.deepEqual([width, height, data[0]], [4, 4, 250]);
});

test("decodeImage() refuses an empty file", async () => {
  await assert.rejects(decodeImage(new Uint8Array(0), "a.jpg"), refusal("empty", /a\.jpg: .*empty file/));
});

test("decodeImage() refuses text and markup", async () => {
  for (const text of [
    "hello, I am no photo",
    "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
  ]) {
    const bytes = new TextEncoder().encode(text);
    await assert.rejects(decodeImage(bytes, "a.jpg"), refusal("not-an-image", /expected a JPEG, PNG/));
  }
});

test("decodeImage() refuses a truncated JPEG and a truncated PNG", async () => {
  const image = gradient();
  for (const bytes of [await encodeJpeg(image, 95), await raw(image).png().toBuffer()]) {
    const half = bytes.subarray(0, Math.floor(bytes.length * 0.7));
    await assert.rejects(
      decodeImage(half, "a.jpg"),
      refusal("truncated", /a\.jpg: expected a whole image, got one that is truncated/),
    );
  }
});

test("decodeImage() tells truncated, damaged and whole photos apart with many under way", async () => {
  const whole = await encodeJpeg(gradient(), 95);
  const png = await raw(gradient()).png().toBuffer();
  const webp = await raw(gradient()).webp().toBuffer();
  const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length * 0.7));
  // The frame header is wiped out, but the end-of-image marker is in place.
  const damaged = Uint8Array.from(whole);
  const header = damaged.findIndex((b, i) => b === 0xff && damaged[i + 1] === 0xc0);
  damaged.fill(0, header + 4, header + 19);
  const cases: [Uint8Array, ImageProblem | "whole"][] = [
    [whole, "whole"],
    [cut(whole), "truncated"],
    [png, "whole"],
    [cut(png), "truncated"],
    [damaged, "corrupt"],
    [cut(webp), "truncated"],
    [new TextEncoder().encode("no photo at all"), "not-an-image"],
  ];
  const many = Array.from({ length: 40 }, () => cases).flat();
  const got = await Promise.all(
    many.map(([bytes]) =>
      decodeImage(bytes, "a").then(
        () => "whole",
        (error: ImageError) => error.reason,
      ),
    ),
  );
  assert.deepEqual(
    got,
    many.map(([, expected]) => expected),
  );
});

/** A picture of noise, so that its coded data is used to the last byte. */
function noise(width = 96, height = 112): RgbImage {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 23;
  };
  return { data: Uint8Array.from({ length: width * height * 3 }, next), width, height };
}

/** How `decodeImage` judges bytes. */
const verdict = (bytes: Uint8Array) =>
  decodeImage(bytes, "a.jpg").then(
    () => "whole",
    (error: ImageError) => error.reason,
  );

test("decodeImage() refuses JPEGs that stop early though their end marker is there, cut or filled in", async () => {
  for (const progressive of [false, true]) {
    const whole = await raw(noise()).jpeg({ quality: 85, progressive }).toBuffer();
    assert.equal(await verdict(whole), "whole");
    for (const share of [0.1, 0.2, 0.35, 0.5, 0.8]) {
      const at = Math.floor(whole.length * (1 - share));
      const damaged = {
        cut: Buffer.concat([whole.subarray(0, at), whole.subarray(-2)]),
        zeros: Buffer.from(whole).fill(0, at, whole.length - 2),
        ones: Buffer.from(whole).fill(0xff, at, whole.length - 2),
        "zeros to the end": Buffer.from(whole).fill(0, at),
      };
      for (const [kind, bytes] of Object.entries(damaged)) {
        const title = `${progressive ? "progressive" : "sequential"}, ${share} ${kind}`;
        assert.match(await verdict(bytes), /corrupt|truncated/, title);
      }
    }
  }
});

test("decodeImage() refuses a JPEG whose zeros are more than its last rows could use", async () => {
  const whole = await raw(noise()).jpeg().toBuffer();
  const padded = Buffer.concat([whole.subarray(0, -2), new Uint8Array(64), whole.subarray(-2)]);
  assert.equal(await verdict(padded), "corrupt");
});

test("decodeImage() refuses WebPs, GIFs, TIFFs and AVIFs with a tail of zeros, and says truncated of a cut TIFF", async () => {
  for (const [format, options] of [
    ["webp", {}],
    ["webp", { lossless: true }],
    ["gif", {}],
    ["tiff", {}],
    ["tiff", { compression: "lzw" }],
    ["avif", {}],
  ] as const) {
    const whole = await raw(noise()).toFormat(format, options).toBuffer();
    assert.equal(await verdict(whole), "whole", format);
    for (const share of [0.1, 0.2, 0.5, 0.8]) {
      const at = Math.floor(whole.length * (1 - share));
      assert.match(await verdict(Buffer.from(whole).fill(0, at)), /corrupt|truncated/, `${format} ${share}`);
      assert.equal(await verdict(whole.subarray(0, at)), "truncated", `${format} cut by ${share}`);
    }
  }
});

test("decodeImage() reads photos of one colour, whose coded data may well end in zeros", async () => {
  let zeros = 0;
  for (const background of ["white", "black", "#888888"]) {
    const plain = sharp({ create: { width: 1200, height: 900, channels: 3, background } });
    for (const bytes of [
      await plain.clone().jpeg({ optimiseCoding: true }).toBuffer(),
      await plain.clone().jpeg({ progressive: true }).toBuffer(),
      await plain.clone().webp().toBuffer(),
      await plain.clone().webp({ lossless: true }).toBuffer(),
      await plain.clone().gif().toBuffer(),
    ]) {
      if (withoutFiller(bytes)) zeros++;
      assert.equal(await verdict(bytes), "whole");
    }
  }
  assert.ok(zeros > 0, "none ends in zeros");
});

test("decodeImage() reads JPEGs whose headers alone make libjpeg warn", async () => {
  const jpeg = await raw(gradient()).jpeg().toBuffer();
  const scan = jpeg.indexOf(Uint8Array.of(0xff, 0xda));
  const tables = jpeg.indexOf(Uint8Array.of(0xff, 0xdb));
  const insert = (at: number, ...bytes: number[]) =>
    Buffer.concat([jpeg.subarray(0, at), Uint8Array.from(bytes), jpeg.subarray(at)]);
  const spectrum = Buffer.from(jpeg);
  spectrum[scan + 6 + 2 * jpeg[scan + 4]] = 0; // as some phones write
  const adobe = [0xff, 0xee, 0, 14, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, 9];
  for (const [what, bytes] of Object.entries({
    "scan parameters": spectrum,
    "bytes between segments": insert(tables, 1, 2, 3),
    "an unknown Adobe transform": insert(2, ...adobe),
    "bytes behind the end": insert(jpeg.length, 0, 0, 0, 0),
  })) {
    assert.equal(await verdict(bytes), "whole", what);
    const cut = Buffer.concat([bytes.subarray(0, scan + 40), jpeg.subarray(-2)]);
    assert.equal(await verdict(cut), "corrupt", `${what}, and cut`);
  }
});

test("isTruncated() passes over a thumbnail's end and over bytes behind the photo's", async () => {
  const jpeg = await encodeJpeg(gradient(), 95);
  const segment = Uint8Array.of(0xff, 0xe1, 0, 4, 0xff, 0xd9);
  const withThumbnail = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
  assert.equal(isTruncated(withThumbnail), false);
  assert.equal(isTruncated(Buffer.concat([jpeg, Buffer.from("appended")])), false);
  assert.equal(isTruncated(withThumbnail.subarray(0, -1)), true);
  for (const format of ["png", "gif", "webp", "avif", "tiff"] as const) {
    const bytes = await raw(gradient()).toFormat(format).toBuffer();
    assert.equal(isTruncated(bytes), false, format);
    assert.equal(isTruncated(Buffer.concat([bytes, new Uint8Array(9)])), false, `${format} and more`);
    for (let end = 12; end < bytes.length; end += 7) {
      assert.equal(isTruncated(bytes.subarray(0, end)), true, `${format} of ${end} bytes`);
    }
  }
});

test("decodeImage() refuses more pixels than the limit and says how to raise it", async () => {
  const png = await raw(gradient()).png().toBuffer();
  await assert.rejects(
    decodeImage(png, "a.jpg", { maxPixels: 1199 }),
    refusal("too-large", /at most 1199 pixels.*raise maxPixels/),
  );
  assert.equal((await decodeImage(png, "a.jpg", { maxPixels: 1200 })).width, 40);
});

test("readImage() reads files whose names hold spaces and letters beyond ASCII", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-images-"));
  try {
    const path = join(dir, "Zoë Ångström 愛.png");
    await writeFile(path, await raw(gradient()).png().toBuffer());
    assert.deepEqual(await readImage(path), gradient());
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("readImage() names a missing file and a folder in its place", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-images-"));
  try {
    const missing = join(dir, "b.jpg");
    await assert.rejects(readImage(missing), (error: ImageError) => {
      assert.equal(error.reason, "missing");
      assert.equal(error.message, `Cannot read ${missing}: there is no such file`);
      return true;
    });
    await assert.rejects(readImage(dir), (error: ImageError) => error.reason === "unreadable");
  } finally {
    await rm(dir, { recursive: true });
  }
});
