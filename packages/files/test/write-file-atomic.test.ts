import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeFolder, removeLeftovers, WriteError, writeFileAtomic } from "@amface/files";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-files-"));
});
after(() => rm(dir, { recursive: true }));

test("makeFolder() makes all of a path, and says what stands in its way", async () => {
  const folder = join(dir, "deep", "er");
  await makeFolder(folder);
  await makeFolder(folder);
  assert.deepEqual(await readdir(folder), []);
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const path of [file, join(file, "x"), join(file, "x", "y")]) {
    await assert.rejects(makeFolder(path), (error: WriteError) => {
      assert.ok(error instanceof WriteError && error.path === path, String(error));
      assert.match(error.message, /^Cannot write .*: (EEXIST|ENOTDIR|Not a directory)/);
      return true;
    });
  }
});

test("writeFileAtomic() replaces a file whole, with text, bytes or pieces, waiting for the disk or not", async () => {
  const path = join(dir, "made", "text.txt");
  await writeFileAtomic(path, "first");
  for (const sync of [true, false]) {
    const pieces = ["sec", "ond"].map((text) => new TextEncoder().encode(text));
    for (const data of ["second", Buffer.from("second"), pieces]) {
      await writeFile(path, "longer than what replaces it");
      await writeFileAtomic(path, data, { sync });
      assert.equal(await readFile(path, "utf8"), "second");
    }
  }
  assert.deepEqual(await readdir(join(dir, "made")), ["text.txt"]);
});

test("writeFileAtomic() names the path and the reason, and leaves nothing behind", async () => {
  const folder = join(dir, "taken");
  await mkdir(join(folder, "a.png"), { recursive: true });
  await assert.rejects(writeFileAtomic(join(folder, "a.png"), "x"), (error: WriteError) => {
    assert.ok(error instanceof WriteError);
    assert.ok(error.message.startsWith(`Cannot write ${join(folder, "a.png")}: `), error.message);
    return true;
  });
  assert.deepEqual(await readdir(folder), ["a.png"]);
  await writeFile(join(dir, "file"), "");
  await assert.rejects(writeFileAtomic(join(dir, "file", "b"), "x"), WriteError);
});

test("removeLeftovers() removes temporary files of the caller's own and nothing else", async () => {
  const folder = join(dir, "leftovers");
  await mkdir(folder);
  const kept = [".b.png.0123abcd.tmp", ".a.png.tmp", "a.png", ".a.png.0123abcd.tmp.png"];
  for (const name of [...kept, ".a.png.0123abcd.tmp", ".a.png.ffff0000.tmp"])
    await writeFile(join(folder, name), "");
  await removeLeftovers(folder, (name) => name === "a.png");
  assert.deepEqual((await readdir(folder)).sort(), kept.sort());
  await removeLeftovers(join(folder, "missing"), () => true);
});
