import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import {
  blufr,
  blufrTrials,
  evaluateTinyFace,
  ListError,
  type MatValue,
  parseMat,
  readBlufr,
  readTinyFace,
} from "../../src/mod.ts";
import { seeded } from "../seeded.ts";

const GOLDEN = join(import.meta.dirname, "golden");

/** An element: its tag, its bytes and what fills eight. */
function element(type: number, bytes: Uint8Array, little = true): Uint8Array {
  const out = new Uint8Array(8 + Math.ceil(bytes.length / 8) * 8);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, little);
  view.setUint32(4, bytes.length, little);
  out.set(bytes, 8);
  return out;
}

/** A small one, of four bytes or less in its tag. */
function small(type: number, bytes: readonly number[]): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setUint32(0, (bytes.length << 16) | type, true);
  out.set(bytes, 4);
  return out;
}

const join8 = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const int32 = (values: readonly number[], little = true) => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setInt32(i * 4, value, little);
  return new Uint8Array(view.buffer);
};

function file(body: Uint8Array, little = true): Uint8Array {
  const header = new Uint8Array(128).fill(32);
  header.set(little ? [0, 1, 73, 77] : [1, 0, 77, 73], 124);
  return join8(header, body);
}

/** An array of doubles that is stored as MATLAB stores whole numbers, in bytes. */
const array = (name: string, kind: number, dims: readonly number[], ...data: readonly Uint8Array[]) =>
  element(
    14,
    join8(
      element(6, int32([kind, 0])),
      element(5, int32(dims)),
      small(1, [...new TextEncoder().encode(name)]),
      ...data,
    ),
  );

const fails = (bytes: Uint8Array, message: RegExp) =>
  assert.throws(
    () => parseMat(bytes, ["x"], "a.mat"),
    (error: Error) => error instanceof ListError && message.test(error.message),
  );

test("parseMat() reads doubles that are stored in bytes, text in 16 bits, and both in cells", () => {
  const numbers = array("x", 6, [2, 2], small(2, [1, 2, 3, 200]));
  assert.deepEqual(parseMat(file(numbers), ["x"], "a.mat").get("x"), {
    kind: "numbers",
    numbers: Float64Array.of(1, 2, 3, 200),
  });
  const text = array("", 4, [1, 3], element(4, Uint8Array.of(0x5a, 0, 0x6f, 0, 0xeb, 0)));
  const cells = array("x", 1, [2, 1], text, array("", 6, [1, 1], small(2, [7])));
  const value: MatValue = {
    kind: "cells",
    cells: [
      { kind: "text", text: "Zoë" },
      { kind: "numbers", numbers: Float64Array.of(7) },
    ],
  };
  assert.deepEqual(parseMat(file(cells), ["x"], "a.mat").get("x"), value);
  const deflated = new Uint8Array(deflateSync(cells));
  const compressed = join8(element(15, deflated).subarray(0, 8 + deflated.length), numbers);
  assert.deepEqual([...parseMat(file(compressed), ["x", "y"], "a.mat").keys()], ["x"]);
});

test("parseMat() reads a file of a big-endian machine", () => {
  const parts = [
    [6, int32([6, 0], false)],
    [5, int32([1, 2], false)],
    [1, Uint8Array.of(120)],
    [5, int32([-1, 70000], false)],
  ] as const;
  const bytes = element(14, join8(...parts.map(([type, data]) => element(type, data, false))), false);
  assert.deepEqual(parseMat(file(bytes, false), ["x"], "a.mat").get("x"), {
    kind: "numbers",
    numbers: Float64Array.of(-1, 70000),
  });
});

test("parseMat() refuses what it does not read by one line", () => {
  fails(
    new Uint8Array(200),
    /Cannot read a\.mat: expected a MATLAB file of version 5 to 7, got something else; save it by save -v7$/,
  );
  const newer = file(new Uint8Array());
  newer.set(new TextEncoder().encode("MATLAB 7.3 MAT-file"));
  newer[125] = 2;
  fails(newer, /got version 7\.3, which is HDF5; save it by save -v7$/);
  fails(file(array("x", 2, [1, 1])), /expected real numbers, text or cells in x, got an array of class 2$/);
  fails(file(array("x", 0x806, [1, 1], small(2, [1]))), /in x, got complex numbers$/);
  fails(file(array("x", 6, [3, 1], small(2, [1, 2]))), /expected 3 numbers in x, got 2$/);
  fails(file(array("x", 1, [1000, 1000])), /expected 1000000 cells in x, got \d+ bytes$/);
  fails(file(array("x", 6, [3, 1])), /expected a part of an array, got its end$/);
  fails(file(element(15, Uint8Array.of(1, 2, 3))), /expected a variable that can be inflated/);
  fails(
    file(array("x", 6, [1, 1], small(2, [1]))).subarray(0, 160),
    /expected an element of \d+ bytes, got \d+ bytes left$/,
  );
  let deep = array("", 6, [1, 1], small(2, [1]));
  for (let depth = 0; depth < 12; depth++) deep = array(depth === 11 ? "x" : "", 1, [1, 1], deep);
  fails(file(deep), /cells within cells 8 times at most, got more$/);
});

test("readBlufr() reads BLUFR's variables, and blufrTrials() finds their photos", async () => {
  const lists = await readBlufr(join(GOLDEN, "blufr.mat"));
  assert.deepEqual(
    [lists.photos.length, lists.photos[4], [...lists.people].join("")],
    [10, "Per_Son2_0002.jpg", "1112233455"],
  );
  assert.deepEqual(lists.trials[0], {
    test: Int32Array.of(0, 1, 2, 3, 4, 7, 8, 9),
    gallery: Int32Array.of(0, 3),
    probes: Int32Array.of(1, 2, 4, 7, 8, 9),
  });
  const names = lists.photos
    .map((photo) => `${photo.slice(0, -9)}/${photo.replace(".jpg", ".png")}`)
    .reverse();
  const { trials, identities, missing } = blufrTrials(lists, names, { where: "there" });
  const people = (rows: readonly number[]) => rows.map((row) => identities[row]).join("");
  assert.deepEqual(
    [missing, people(trials[0].probes), people(trials[0].impostors), people(trials[1].probes)],
    [0, "112", "455", "13"],
  );
  const next = seeded(3);
  const embeddings = { data: Float32Array.from({ length: 80 }, () => next() - 0.5), size: 8 };
  const result = blufr(embeddings, identities, trials, { fars: [0.1], openSetFar: 0.5 });
  // Of eight photos 28 pairs, of which 3 + 1 + 1 are of one person; of seven 21 with 1 + 1 + 1.
  assert.deepEqual([result.trials, result.pairs], [2, { same: 4, different: 20.5 }]);
  // Without her photo in the gallery, the second person's others are nobody's.
  const fewer = blufrTrials(
    lists,
    names.filter((name) => !name.includes("Son2_0001")),
    { where: "there" },
  );
  assert.deepEqual(
    [
      fewer.missing,
      fewer.trials[0].gallery.length,
      fewer.trials[0].probes.length,
      fewer.trials[0].impostors.length,
    ],
    [1, 1, 2, 3],
  );
  assert.throws(
    () => blufrTrials(lists, names.slice(1), { strict: true, where: "there" }),
    /in there: expected Per_Son5_0002\.jpg, got 1 of 10 missing$/,
  );
});

test("readTinyFace() reads TinyFace's lists, and photos that are missing are counted", async () => {
  const lists = await readTinyFace(GOLDEN);
  assert.deepEqual(lists.gallery, {
    photos: ["1_1", "1_2", "2_1", "3_1"].map((n) => `Gallery_Match/${n}.jpg`),
    people: Int32Array.of(1, 1, 2, 3),
  });
  assert.equal(lists.probes.photos[4], "Probe/Zoë.jpg");
  const names = [
    "Gallery_Match/1_2.png",
    "Gallery_Match/2_1.png",
    "Gallery_Match/3_1.png",
    "Gallery_Distractor/9.png",
    "Probe/1_9.png",
    "Probe/2_9.png",
    "Probe/3_9.png",
  ];
  const data = Float32Array.of(1, 0, 0, 1, -1, 0, 0, -1, 1, 0.1, 1, 0.9, -0.1, -1);
  const got = evaluateTinyFace({ data, size: 2 }, names, lists, { where: "there" });
  assert.deepEqual([got.gallery, got.distractors, got.probes, got.missing], [3, 1, 3, 3]);
  assert.deepEqual(got.cmc, [1 / 3, 1, 1, 1]);
  assert.throws(
    () => evaluateTinyFace({ data, size: 2 }, names, lists, { strict: true, where: "there" }),
    /expected Gallery_Match\/1_1\.jpg, got 1 of 4 missing$/,
  );
  await assert.rejects(
    readBlufr(join(GOLDEN, "probe_img_ID_pairs.mat")),
    /expected a variable in imageList, got nothing of that name$/,
  );
  await assert.rejects(readTinyFace("/nowhere"), ListError);
});

test("readBlufr() names the trial whose numbers are out of range", async () => {
  const bytes = await readFile(join(GOLDEN, "blufr.mat"));
  assert.equal(parseMat(bytes, ["labels"], "a").size, 1);
  const { matPlaces } = await import("../../src/lists/read-mat.ts");
  assert.throws(
    () => matPlaces(Float64Array.of(1, 11), 10, "b.mat, testIndex{2}"),
    /Cannot read b\.mat, testIndex\{2\}: expected numbers from 1 to 10, got "11" at place 2$/,
  );
});
