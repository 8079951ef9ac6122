import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PartsFolder } from "../../src/shares/parts-folder.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-parts-"));
});
after(() => rm(dir, { recursive: true, force: true }));

test("a part is read as it was written, numbers bit by bit", async () => {
  const parts = new PartsFolder(join(dir, "read"));
  const data = Float32Array.of(1 / 3, -0, Number.NaN, 2 ** -149);
  await parts.write(1, { value: { names: ["a/ü.png"] }, data });
  assert.deepEqual([await parts.has(0), await parts.has(1)], [false, true]);
  assert.deepEqual(await parts.read(1), { value: { names: ["a/ü.png"] }, data });
  await parts.write(0, { value: 3 });
  assert.deepEqual(await parts.read(0), { value: 3 });
});

test("of those that claim the result at once one gets it, and gets it again", async () => {
  const parts = new PartsFolder(join(dir, "claim"));
  await parts.make();
  const makers = new Set(await Promise.all([0, 1, 2, 3].map((index) => parts.claim(index))));
  assert.equal(makers.size, 1);
  const [maker] = makers;
  assert.equal(await parts.claim(maker), maker);
});

test("when the result is made, notes of it and of its maker stay, for others that would make it too", async () => {
  const parts = new PartsFolder(join(dir, "finish"));
  await parts.make();
  await parts.write(0, { value: 0, data: new Float32Array(3) });
  await parts.claim(0);
  assert.equal(await parts.isDone(), false);
  await parts.finish(1);
  assert.equal(await parts.isDone(), true);
  assert.deepEqual((await readdir(parts.path)).sort(), ["done", "joining"]);
  assert.equal(await parts.claim(1), 0);
});
