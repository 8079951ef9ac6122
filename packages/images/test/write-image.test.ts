import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  encodeJpeg,
  encodePng,
  makeFolder,
  readImage,
  removeLeftovers,
  WriteError,
  writeFileAtomic,
  writePng,
} from "@amface/images";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-images-"));
});
after(() => rm(dir, { recursive: true }));

const image = { data: Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => i * 4), width: 5, height: 4 };

test("writePng() writes what readImage() reads back, into folders that it makes", async () => {
  const path = join(dir, "new", "person", "a.png");
  await writePng(path, image);
  assert.deepEqual(await readImage(path), image);
  assert.deepEqual(await readdir(join(dir, "new", "person")), ["a.png"]);
});

test("encodePng() and encodeJpeg() refuse data that does not fit the sizes", async () => {
  const short = { ...image, width: 6 };
  await assert.rejects(encodePng(short), /Cannot encode a PNG: expected 72 bytes of RGB for 6x4, got 60/);
  await assert.rejects(encodeJpeg(short, 90), RangeError);
  await assert.rejects(encodeJpeg(image, 0), /quality of 1 to 100, got 0/);
});

test("encodeJpeg() loses more at a lower quality", async () => {
  const [good, bad] = await Promise.all([encodeJpeg(image, 95), encodeJpeg(image, 5)]);
  assert.ok(good.length > bad.length);
  assert.deepEqual([...good.subarray(0, 2)], [0xff, 0xd8]);
});

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
      assert.match(error.message, /^Cannot write .*: (EEXIST|ENOTDIR)/);
      return true;
    });
  }
});

test("writeFileAtomic() replaces a file whole", async () => {
  const path = join(dir, "text.txt");
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, "second");
  assert.equal(await readFile(path, "utf8"), "second");
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
