import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readExclusions, writeExclusions } from "@amface/data";
import { temporaryFolder } from "../crops.ts";

test("writeExclusions() writes each line once, and readExclusions() reads them", async () => {
  const list = join(await temporaryFolder(), "exclude.txt");
  await writeExclusions(list, ["p00/01.jpg", "p01/", "p02/00", "p00/01.jpg"]);
  assert.equal(await readFile(list, "utf8"), "p00/01.jpg\np01/\np02/00\n");
  assert.deepEqual(await readExclusions(list), ["p00/01.jpg", "p01/", "p02/00"]);
});

test("readExclusions() passes over a byte order mark", async () => {
  const list = join(await temporaryFolder(), "exclude.txt");
  await writeFile(list, "\uFEFFp00/01.jpg\r\n");
  assert.deepEqual(await readExclusions(list), ["p00/01.jpg"]);
});

test("readExclusions() refuses lines without a folder, and says where", async () => {
  const dir = await temporaryFolder();
  const list = join(dir, "exclude.txt");
  await writeFile(list, "p00/00.png\r\n\r\np00\r\n");
  await assert.rejects(
    readExclusions(list),
    /exclude\.txt line 3: expected identity\/photo or identity\/, got p00/,
  );
  await assert.rejects(readExclusions(join(dir, "none.txt")), /Cannot read the exclusions .*none\.txt/);
});
