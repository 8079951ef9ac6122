import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WEIGHTS_DIR } from "@amface/weights";
import { box } from "../build/box.ts";
import { type Box, partsOf } from "../src/box.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-box-"));
  await copyFile(join(WEIGHTS_DIR, "embedder.safetensors"), join(folder, "net.safetensors"));
});
after(() => rm(folder, { recursive: true }));

/** What the build would write, by name. */
async function filesOf(embedder?: string): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>();
  const { generateBundle } = box(embedder) as unknown as { generateBundle(this: object): Promise<void> };
  await generateBundle.call({
    emitFile: ({ fileName, source }: { fileName: string; source: Uint8Array | string }) =>
      files.set(fileName, source),
  });
  return files;
}

test("box.json names each file of the box by its checksum, and the embedder of @amface/weights with its card", async () => {
  const files = await filesOf();
  const content: Box = JSON.parse(files.get("box/box.json") as string);
  const parts = partsOf(content);
  assert.deepEqual(
    [...files.keys()].sort(),
    ["box/box.json", ...parts.map(({ file }) => `box/${file}`)].sort(),
  );
  for (const { file, bytes, sha256 } of parts) {
    const source = files.get(`box/${file}`) as Uint8Array;
    assert.equal(source.length, bytes);
    assert.equal(createHash("sha256").update(source).digest("hex"), sha256);
    assert.ok(file.includes(`-${sha256.slice(0, 16)}.`), file);
  }
  assert.equal(content.embedder?.thresholds?.modelSha256, content.embedder?.part.sha256);
});

test("a net without a threshold card goes into the box without one; a damaged card, or another net's, does not", async () => {
  const net = join(folder, "net.safetensors");
  const content: Box = JSON.parse((await filesOf(net)).get("box/box.json") as string);
  assert.equal(content.embedder?.name, "net.safetensors");
  assert.equal(content.embedder?.thresholds, null);
  const card = join(folder, "net.thresholds.json");
  await writeFile(card, "{");
  await assert.rejects(filesOf(net), /Cannot read the threshold card .*net\.thresholds\.json/);
  const right = await readFile(join(WEIGHTS_DIR, "embedder.thresholds.json"), "utf8");
  await writeFile(card, right.replace(/"modelSha256": "../, '"modelSha256": "xx'));
  await assert.rejects(filesOf(net), /expected a threshold card of this embedder, got one of other weights/);
});
