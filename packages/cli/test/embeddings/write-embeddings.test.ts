import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readEmbeddings } from "../../src/embeddings/read-embeddings.ts";
import { writeEmbeddings } from "../../src/embeddings/write-embeddings.ts";

test("writeEmbeddings() never leaves earlier embeddings beside other names", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-embeddings-"));
  try {
    const file = join(dir, "a.npy");
    const table = { names: ["a/1", "b/1"], data: Float32Array.of(1, 2), size: 1 };
    await writeEmbeddings(file, table);
    assert.deepEqual((await readEmbeddings(file)).paths, table.names);
    await rm(join(dir, "a.json"));
    await mkdir(join(dir, "a.json")); // the names cannot be written
    await assert.rejects(writeEmbeddings(file, table), { name: "WriteError" });
    assert.deepEqual(await readdir(dir), ["a.json"]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
