import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { excludePhotos, identityFolder, readExclusions, writeExclusions } from "@amface/data";
import { temporaryFolder, writeCrops } from "../crops.ts";

test("excludePhotos() leaves out photos whatever their extension, and whole identities, and counts labels anew", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 2, 1, 1]);
  const list = join(dir, "exclude.txt");
  await writeExclusions(list, ["p00/01.jpg", "p01/", "p02/00", "p00/01.jpg"]);
  assert.equal(await readFile(list, "utf8"), "p00/01.jpg\np01/\np02/00\n");
  const source = excludePhotos(await identityFolder(dir), dir, await readExclusions(list));
  assert.deepEqual(source.identities, ["p00", "p03"]);
  assert.deepEqual(source.files, [
    { path: join(dir, "p00", "00.png"), label: 0 },
    { path: join(dir, "p03", "00.png"), label: 1 },
  ]);
});

test("excludePhotos() refuses to leave nothing; readExclusions() refuses lines without a folder", async () => {
  const dir = await writeCrops(await temporaryFolder(), [1]);
  const list = join(dir, "exclude.txt");
  const source = await identityFolder(dir);
  assert.throws(() => excludePhotos(source, dir, ["p00/"]), /expected some to be left/);
  await writeFile(list, "p00/00.png\r\n\r\np00\r\n");
  await assert.rejects(
    readExclusions(list),
    /exclude\.txt line 3: expected identity\/photo or identity\/, got p00/,
  );
  await assert.rejects(readExclusions(join(dir, "none.txt")), /Cannot read the exclusions .*none\.txt/);
});
