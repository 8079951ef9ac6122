import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inflateSync } from "node:zlib";
import { readMetadata, readWeights, writeSafetensors } from "@amface/nets";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-weights-"));
});
after(() => rm(folder, { recursive: true }));

const golden: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL("../../../numpy/test/golden/torch-files.json", import.meta.url), "utf8"),
);

for (const [version, files] of Object.entries(golden)) {
  for (const kind of ["checkpoint", "legacy checkpoint"]) {
    test(`readWeights() reads a ${kind} of PyTorch ${version} whatever it is called`, async () => {
      const path = join(folder, `${version}-${kind}.safetensors`);
      await writeFile(path, inflateSync(Buffer.from(files[kind], "base64")));
      const { tensors, metadata } = await readWeights(path);
      assert.deepEqual(tensors.get("weight")?.data, Float32Array.of(0.5, -0.25));
      assert.deepEqual(metadata, {});
      assert.deepEqual(await readMetadata(path), {});
    });
  }
}

test("readWeights() and readMetadata() read safetensors, and say which file is missing or of another kind", async () => {
  const path = join(folder, "F.pth");
  await writeSafetensors(path, [{ name: "a", shape: [1], data: Float32Array.of(2) }], { net: "x" });
  assert.deepEqual((await readWeights(path)).tensors.get("a")?.data, Float32Array.of(2));
  assert.deepEqual(await readMetadata(path), { net: "x" });
  const missing = join(folder, "missing.pth");
  await assert.rejects(readWeights(missing), /Cannot read .*missing\.pth: ENOENT/);
  await writeFile(missing, "");
  await assert.rejects(
    readWeights(missing),
    /Cannot read .*missing\.pth as safetensors: expected at least 8 bytes/,
  );
});
