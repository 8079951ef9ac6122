import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AttributesError, readAttributes, readLabelErrors, subgroupRates } from "../../src/mod.ts";

async function withFile(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "amface-attributes-"));
  try {
    const path = join(dir, "list.csv");
    await writeFile(path, text);
    await body(path);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const photos = [
  ["Ann/Ann_0001.png", "Ann/Ann_0002.png"],
  ["Ann/Ann_0001.png", "Bea/Bea_0001.png"],
  ["Ann/Ann_0001.png", "Cid/Cid_0001.png"],
  ["Cid/Cid_0001.png", "Cid/Cid_0002.png"],
  ["Dan/Dan_0001.png", "Cid/Cid_0002.png"],
] as const;
const table = {
  distances: Float64Array.of(0.5, 0.9, 1.5, 1.2, 0.3),
  issame: [true, false, false, true, false],
  photos,
  identities: photos.map(([a, b]) => [a.slice(0, 3), b.slice(0, 3)] as const),
};

test("subgroupRates() counts pairs within groups, across them, and without one", async () => {
  await withFile("identity,sex\nAnn,f\nBea,f\nCid/Cid_0001.jpg,m\nCid,m\n", async (path) => {
    const { columns, lookUp } = await readAttributes(path);
    assert.deepEqual(columns, ["sex"]);
    const groups = subgroupRates(table, (photo, identity) => lookUp("sex", photo, identity), 1);
    assert.deepEqual(
      groups.map(({ group, fmr, fnmr }) => [group, fmr.errors, fmr.pairs, fnmr.errors, fnmr.pairs]),
      [
        ["f", 1, 1, 0, 1],
        ["m", 0, 0, 1, 1],
        ["mixed", 0, 1, 0, 0],
        ["unknown", 1, 1, 0, 0],
      ],
    );
    assert.deepEqual(groups[1].fmr, { pairs: 0, errors: 0, rate: null, ci95: [0, 1], meaningful: false });
    assert.ok(groups[0].fmr.ci95[0] < 0.3 && groups[0].fmr.ci95[1] === 1);
  });
  const { distances, issame } = table;
  assert.throws(() => subgroupRates({ distances, issame }, () => "a", 1), /expected a table with photos/);
});

test("readAttributes() takes a photo's own value before its person's and refuses files without attributes", async () => {
  await withFile('\uFEFFphoto,age,note\nAnn,30,"a, b"\nAnn/Ann_0002.jpg,40,\n', async (path) => {
    const { lookUp } = await readAttributes(path);
    assert.equal(lookUp("age", "Ann/Ann_0001.png", "Ann"), "30");
    assert.equal(lookUp("age", "Ann/Ann_0002.png", "Ann"), "40");
    assert.equal(lookUp("note", "Ann/Ann_0001.png", "Ann"), "a, b");
    assert.equal(lookUp("note", "Ann/Ann_0002.png", "Ann"), undefined);
    assert.equal(lookUp("age", "Bob/Bob_0001.png", "Bob"), undefined);
  });
  await withFile("identity\nAnn\n", (path) => assert.rejects(readAttributes(path), AttributesError));
  await assert.rejects(readAttributes("no/such.csv"), AttributesError);
});

test("readLabelErrors() knows photos and pairs by their file names", async () => {
  await withFile("# errata\nAnn_0001 # another person\nBob/Bob_0001.jpg, Cid_0002\n", async (path) => {
    const errors = await readLabelErrors(path);
    assert.equal(errors.size, 2);
    assert.ok(errors.has("Ann/Ann_0001.png", "Zoe/Zoe_0001.png"));
    assert.ok(errors.has("Cid/Cid_0002.png", "Bob/Bob_0001.png"));
    assert.ok(!errors.has("Bob/Bob_0001.png", "Zoe/Zoe_0001.png"));
  });
  await withFile("# nothing\n", (path) => assert.rejects(readLabelErrors(path), /expected photos or pairs/));
});

test("readAttributes() and readLabelErrors() know names in either of Unicode's spellings", async () => {
  const [listed, onDisk] = (["NFC", "NFD"] as const).map((form) => "José".normalize(form));
  await withFile(`identity,sex\n${listed},m\n`, async (path) => {
    assert.equal((await readAttributes(path)).lookUp("sex", `${onDisk}/${onDisk}_0001.jpg`, onDisk), "m");
  });
  await withFile(`${listed}_0001\n`, async (path) => {
    assert.ok((await readLabelErrors(path)).has(`${onDisk}/${onDisk}_0001.jpg`, "Ann/Ann_0001.jpg"));
  });
});
