import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateFaces, packShards } from "@amface/data";
import type { Reporter } from "../../src/command/reporter.ts";
import { inArray } from "../../src/shares/array-shares.ts";
import { packInShares } from "../../src/shares/pack-in-shares.ts";
import { PartsFolder } from "../../src/shares/parts-folder.ts";
import { ResultElsewhere } from "../../src/shares/shares.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-pack-"));
  await generateFaces(join(dir, "photos"), { identities: 3, photos: 4, size: 32 });
});
after(() => rm(dir, { recursive: true, force: true }));

/** Ends as a killed process does: with its shards in place, and without the note of it. */
class Killed extends PartsFolder {
  override async finish(): Promise<void> {
    throw new Error("killed");
  }
}

test("tasks of an array whose maker was killed with its shards in place go on, and find them there", async () => {
  const [photos, output, folder] = ["photos", "shards", "parts"].map((name) => join(dir, name));
  const reporter = { warn: () => {} } as unknown as Reporter;
  const options = { shardSize: 5 };
  const run = (index: number, parts: PartsFolder) =>
    inArray({ job: "1", index, count: 2 }, parts, reporter, (shares) =>
      packInShares(photos, output, shares, options),
    );
  const parts = new PartsFolder(folder);
  await assert.rejects(run(0, parts), ResultElsewhere);
  await assert.rejects(run(1, new Killed(folder)), /killed/);
  await assert.rejects(run(0, parts), /the task of part 2 makes the result/);
  const summary = await run(1, parts);
  assert.deepEqual(summary, await packShards(photos, join(dir, "alone"), options));
  for (const name of await readdir(join(dir, "alone")))
    assert.deepEqual(await readFile(join(output, name)), await readFile(join(dir, "alone", name)));
  assert.deepEqual((await readdir(folder)).sort(), ["done", "joining"]);
});
