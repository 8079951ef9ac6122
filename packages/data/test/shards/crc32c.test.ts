import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { crc32c, crc32cOfFew, maskCrc } from "../../src/shards/crc32c.ts";

/** RFC 3720, B.4, and the check value of the catalogue of parametrised CRC algorithms. */
const GOLDEN: [string, Uint8Array, number][] = [
  ["nothing", new Uint8Array(), 0],
  ["123456789", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(255), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
];

/** The definition: bit by bit, polynomial 0x1edc6f41 reflected. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test("crc32c() gives the published values", () => {
  for (const [name, bytes, value] of GOLDEN) assert.equal(crc32c(bytes), value, name);
});

test("crc32c() and crc32cOfFew() are the definition's for any length, in one piece or in two", () => {
  const random = new Random("crc", 1);
  for (let round = 0; round < 200; round++) {
    const bytes = Uint8Array.from({ length: random.int(100) }, () => random.int(256));
    const cut = random.int(bytes.length + 1);
    const expected = bitByBit(bytes);
    assert.equal(crc32c(bytes), expected);
    assert.equal(crc32cOfFew(bytes, cut, bytes.length), bitByBit(bytes.subarray(cut)));
    assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), expected);
  }
});

test("crc32c() tells any flipped bit", () => {
  const bytes = Uint8Array.from({ length: 50 }, (_, i) => i * 5);
  const seen = new Set([crc32c(bytes)]);
  for (let bit = 0; bit < 400; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    seen.add(crc32c(flipped));
  }
  assert.equal(seen.size, 401);
});

test("maskCrc() rotates right by 15 bits and adds TensorFlow's constant", () => {
  // The eight bytes of the length 0, as they begin a TFRecord of no data, and of no data at all.
  assert.equal(maskCrc(crc32c(new Uint8Array(8))), 0x07980329);
  assert.equal(maskCrc(crc32c(new Uint8Array())), 0xa282ead8);
});
