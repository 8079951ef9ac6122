import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateTinyFace, photoRows, tinyFaceByNames } from "../../src/mod.ts";

test("photoRows() finds photos by their paths, or by a name that only one of them has", () => {
  const names = ["a/1.png", "b/1.png", "b/2.png", "b/2.jpg", "3.png"];
  const rows = (...photos: string[]) => [...photoRows(photos, names, { where: "there" }).rows];
  assert.deepEqual(rows("a/1.jpg", "b/1.jpg", "b/2.bmp", "2.jpg", "3.jpg"), [0, 1, 2, 2, 4]);
  // Two are called so; the path alone tells which.
  assert.deepEqual(rows("1.jpg", "3.jpg"), [-1, 4]);
  assert.throws(
    () => photoRows(["3.jpg", "1.jpg"], names, { strict: true, where: "there" }),
    /expected 1\.jpg/,
  );
});

test("evaluateTinyFace() finds no distractors an error under strict, and tells that there are none", () => {
  const names = ["Gallery_Match/1_1.png", "Gallery_Match/2_1.png", "Probe/1_2.png"];
  const embeddings = { data: Float32Array.of(1, 0, 0, 1, 1, 0.1), size: 2 };
  const lists = tinyFaceByNames(names);
  assert.equal(evaluateTinyFace(embeddings, names, lists, { where: "there" }).distractors, 0);
  assert.throws(
    () => evaluateTinyFace(embeddings, names, lists, { where: "there", strict: true }),
    /Cannot search in there: expected distractors, photos of Gallery_Distractor, got none/,
  );
});
