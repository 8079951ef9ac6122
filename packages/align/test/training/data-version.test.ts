import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { dataVersion } from "../../training/data-version.ts";

test("dataVersion() changes when a photo is overwritten, touched, added or gone, and at nothing else", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-version-"));
  try {
    for (const part of ["landmarks/images", "celeba/1", "negatives", "weights"])
      await mkdir(join(dir, part), { recursive: true });
    const photo = join(dir, "celeba/1/a.jpg");
    const seen: string[] = [];
    const write = async (path: string, text: string, seconds: number) => {
      await writeFile(path, text);
      await utimes(path, seconds, seconds);
      // Folders have times of their own, which tell of what is in them.
      await utimes(join(dir, "celeba/1"), 1, 1);
      seen.push(await dataVersion(dir));
    };
    await write(photo, "one", 1);
    await write(photo, "one", 1);
    await write(photo, "three", 1);
    await write(photo, "three", 2);
    await write(join(dir, "celeba/1/b.jpg"), "b", 2);
    assert.equal(seen[1], seen[0]);
    assert.equal(new Set(seen).size, 4);
    await rm(join(dir, "celeba/1/b.jpg"));
    await write(photo, "three", 2);
    assert.equal(seen.at(-1), seen[3]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
