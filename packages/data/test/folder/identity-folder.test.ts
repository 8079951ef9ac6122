import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { identityFolder } from "@amface/data";
import { temporaryFolder, writeCrops } from "../crops.ts";

test("identityFolder() labels identities in the order of their names", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 1, 3]);
  const folder = await identityFolder(dir);
  assert.deepEqual(folder.identities, ["p00", "p01", "p02"]);
  assert.deepEqual(
    folder.files.map(({ label }) => label),
    [0, 0, 1, 2, 2, 2],
  );
  assert.equal(folder.files[2].path, join(dir, "p01/00.png"));
});

test("identityFolder() leaves out identities with too few photos and labels the rest anew", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 1, 3]);
  const folder = await identityFolder(dir, { minImagesPerIdentity: 2 });
  assert.deepEqual(folder.identities, ["p00", "p02"]);
  assert.deepEqual(
    folder.files.map(({ label }) => label),
    [0, 0, 1, 1, 1],
  );
  await assert.rejects(identityFolder(dir, { minImagesPerIdentity: 4 }), /at least 4 photos, got at most 3/);
});

test("identityFolder() names a folder that is missing or holds no images", async () => {
  const dir = await temporaryFolder();
  await assert.rejects(identityFolder(join(dir, "nowhere")), /nowhere/);
  await mkdir(join(dir, "empty", "someone"), { recursive: true });
  await assert.rejects(identityFolder(join(dir, "empty")), /Cannot list identities in .*empty/);
});
