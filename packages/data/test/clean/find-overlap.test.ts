import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type EmbeddingTable, hashFiles, sameFaces, sameFiles, sameNames } from "@amface/data";
import { temporaryFolder } from "../crops.ts";

test("sameNames() sees through case, accents and what stands between words, and takes no number for a name", () => {
  const found = sameNames(
    ["José_Maria", "ann lee", "7201", "Bob"],
    ["jose maria", "Ann_Lee", "7201", "Bobby"],
  );
  assert.deepEqual(found, [
    { by: "name", training: "José_Maria", test: "jose maria" },
    { by: "name", training: "ann lee", test: "Ann_Lee" },
  ]);
});

test("sameNames() folds marks of Latin, Greek and Cyrillic letters, and of no other script", () => {
  const met = (a: string, b: string) => sameNames([a], [b]).length === 1;
  const same = [
    ["Straße", "STRASSE"],
    ["Søren Ærø", "soren_aero"],
    ["Łukasz", "Lukasz"],
    ["Đặng", "Dang"],
    ["Þór Guðni", "Thor Gudni"],
    ["Œuvre", "oeuvre"],
    ["Işıl", "ISIL"],
    ["Σοφία", "ΣΟΦΙΑ"],
    ["Пётр", "Петр"],
    ["Андрей", "Андреи"],
    ["मीना", "मीना".normalize("NFD")],
    ["がぎ", "がぎ".normalize("NFD")],
  ];
  for (const [a, b] of same) assert.ok(met(a, b), `${a} ${b}`);
  for (const [a, b] of [
    ["मीना", "मोना"],
    ["かき", "がぎ"],
    ["สมชาย", "สมชัย"],
    ["Петр", "Петра"],
  ])
    assert.ok(!met(a, b), `${a} ${b}`);
});

test("hashFiles() and sameFiles() find a photo byte for byte under any name", async () => {
  const dir = await temporaryFolder();
  const contents = {
    "a/1.jpg": "one",
    "a/2.jpg": "two",
    "b/1.jpg": "three",
    "t/9.jpg": "two",
    "t/8.jpg": "four",
  };
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(join(dir, path, ".."), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const training = await hashFiles(dir, ["a/1.jpg", "a/2.jpg", "b/1.jpg"]);
  const found = sameFiles(training, await hashFiles(dir, ["t/9.jpg", "t/8.jpg"]));
  assert.deepEqual(found, [{ by: "file", training: "a/2.jpg", test: "t/9.jpg" }]);
  await assert.rejects(hashFiles(dir, ["a/3.jpg"]), /a\/3\.jpg/);
});

test("sameFaces() compares the directions of centres by squared distance", () => {
  const of = (paths: string[], ...data: number[]): EmbeddingTable => ({
    paths,
    data: Float32Array.from(data),
    size: 2,
  });
  const training = of(["a/1", "a/2", "b/1"], 2, 0, 0, 3, 0, -1);
  const test = of(["x/1", "y/1"], 5, 5, 1, 0);
  const found = sameFaces(training, test, 0.6);
  // The centre of a lies halfway between its photos: on x, and 45° or 2 - √2 from y.
  assert.deepEqual(
    found.map(({ training, test }) => `${training} ${test}`),
    ["a x", "a y"],
  );
  assert.ok(Math.abs(found[0].distance!) < 1e-6);
  assert.ok(Math.abs(found[1].distance! - (2 - Math.SQRT2)) < 1e-6);
  assert.equal(sameFaces(training, test, 0.5).length, 1);
  assert.throws(
    () => sameFaces(training, { ...test, paths: ["x/1"], size: 4 }, 1),
    /one model, got 2 values and 4/,
  );
  assert.throws(() => sameFaces(training, test, 5), RangeError);
});
