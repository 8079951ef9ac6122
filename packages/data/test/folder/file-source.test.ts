import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fileSource } from "@amface/data";
import { listedFiles } from "../listed-files.ts";

test("a source of files keeps the given people with labels counted anew", () => {
  const { identities, files } = listedFiles([1, 2, 1]).select([2, 1]);
  assert.deepEqual(identities, ["p2", "p1"]);
  assert.deepEqual(files, [
    { path: "p1/0", label: 1 },
    { path: "p1/1", label: 1 },
    { path: "p2/0", label: 0 },
  ]);
});

test("fileSource() names photos within its folder, wherever it lies, and so does its fingerprint", async () => {
  const at = (dir: string) =>
    fileSource({ identities: ["p0"], files: [{ path: `${dir}/p0/a.png`, label: 0 }], dir });
  assert.deepEqual(
    (await at("/some/where").list()).map((photo) => ("name" in photo ? photo.name : undefined)),
    ["p0/a.png"],
  );
  const hash = createHash("sha256").update("0 p0/a.png\n").digest("hex").slice(0, 16);
  assert.deepEqual([at("/some/where").fingerprint, at("elsewhere").fingerprint], [hash, hash]);
});

test("fileSource() refuses a label without an identity", () => {
  assert.throws(() => fileSource({ identities: ["p0"], files: [{ path: "a.png", label: 1 }] }), {
    name: "RangeError",
    message: "Cannot use a.png: expected a label of 0 to 0, a place in the identities, got 1",
  });
});
