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
    ],
  );
});

test("copiesBetween() takes the same file, then the nearest photo that is a copy", () => {
  const training = [photo("a/1", 0, 0, "same"), photo("a/2", 0, 0)];
  const tested = [photo("t/1", 0, 3), photo("t/2", 0, 1), photo("t/3", 0, 0), photo("t/4", 0, 0, "same")];
  const found = (isCopy: (training: string, test: string) => boolean) =>
    copiesBetween(training, tested, 2, isCopy).map(({ training, test, bits }) => [training, test, bits]);
  const same = ["a/1", "t/4", 0];
  assert.deepEqual(
    found(() => true),
    [same, ["a/2", "t/3", 0]],
  );
  assert.deepEqual(
    found((_, test) => test < "t/3"),
    [same, ["a/2", "t/2", 1]],
  );
  assert.deepEqual(
    found(() => false),
    [same],
  );
});

test("copiesBetween() gives a row a photo of 1,000 that are one bit from each of 1,000 test photos", () => {
  const training = Array.from({ length: 1000 }, (_, i) => photo(`a/${i}`, 0, 0));
  const tested = Array.from({ length: 1000 }, (_, i) => photo(`t/${i}`, 0, 1));
  const found = copiesBetween(training, tested);
  assert.equal(found.length, 1000);
  assert.deepEqual(found[999], { training: "a/999", test: "t/0", bits: 1, exact: false });
});
