import assert from "node:assert/strict";
import { test } from "node:test";
import { copiesBetween, type PhotoHash } from "../../src/mod.ts";

const photo = (path: string, high: number, low: number, sha256 = path): PhotoHash => ({
  path,
  hash: [high, low],
  sha256,
  pixels: 1,
});

test("copiesBetween() pairs photos of two sets whose hashes are near, never two of one set", () => {
  const training = [photo("a/1", 0xff, 0, "same"), photo("a/2", 0xff, 1), photo("b/1", 0x12345678, 9)];
  const tested = [photo("t/1", 0xff, 0, "same"), photo("t/2", 0xff, 3), photo("t/3", 0x77777777, 0x77)];
  const found = copiesBetween(training, tested, 1).map(({ training, test, bits, exact }) => [
    ...[training, test],
    ...[bits, exact],
  ]);
  assert.deepEqual(
    found.sort((a, b) => String(a).localeCompare(String(b))),
    [
      ["a/1", "t/1", 0, true],
      ["a/2", "t/1", 1, false],
      ["a/2", "t/2", 1, false],
    ],
  );
});
