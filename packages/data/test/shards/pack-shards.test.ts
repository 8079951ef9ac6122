import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { joinPacked, packPart, packShards, readShardIndex } from "@amface/data";
import { WriteError } from "@amface/files";
import { ALIGNMENT_FILE, decodeImage, formatAlignment, readAlignment, writePng } from "@amface/images";
import * as aq from "arquero";
import { crop, temporaryFolder, writeCrops } from "../crops.ts";
import { exampleType } from "./example-proto.ts";

/** The frames of a TFRecord file, read by the format's definition alone. */
function frames(bytes: Buffer): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    all.push(bytes.subarray(at + 12, at + 12 + length));
    at += 12 + length + 4;
  }
  return all;
}

async function packed(counts: readonly number[], options: Parameters<typeof packShards>[2]) {
  const dir = await temporaryFolder();
  const input = await writeCrops(join(dir, "crops"), counts);
  const output = join(dir, "shards");
  return { dir, input, output, summary: await packShards(input, output, options) };
}

for (const encoding of ["keep", "raw"] as const) {
  test(`packShards() with --encoding ${encoding} writes every photo as an Example that protobufjs reads`, async () => {
    const { input, output, summary } = await packed([4, 1, 6], { encoding, shardSize: 4 });
    assert.deepEqual(
      { ...summary, bytes: 0 },
      { shards: 3, records: 11, identities: 3, skipped: 0, bytes: 0, encoding },
    );
    const seen = new Map<string, number>();
    for (const name of (await readdir(output)).filter((file) => file.endsWith(".tfrecord"))) {
      for (const data of frames(await readFile(join(output, name)))) {
        const { features } = exampleType.toObject(exampleType.decode(data), { longs: Number });
        const value = (key: string) =>
          features.feature[key].bytesList?.value[0] ?? features.feature[key].int64List.value[0];
        const filename = value("image/filename").toString();
        const file = await readFile(join(input, filename));
        const image = await decodeImage(file, filename);
        assert.deepEqual(
          Buffer.from(value("image/encoded")),
          Buffer.from(encoding === "raw" ? image.data : file),
        );
        assert.equal(value("image/format").toString(), encoding === "raw" ? "RAW" : "PNG");
        assert.deepEqual([value("image/height"), value("image/width")], [image.height, image.width]);
        assert.equal(`p0${value("image/class/label")}`, value("image/class/text").toString());
        assert.ok(filename.startsWith(value("image/class/text").toString()));
        seen.set(filename, value("image/class/label"));
      }
    }
    assert.equal(seen.size, 11);
  });
}

test("packShards() takes the record of how the crops were aligned along", async () => {
  const dir = await temporaryFolder();
  const input = await writeCrops(join(dir, "crops"), [2, 1]);
  const record = {
    detector: "mtcnn",
    weightsSha256: "0123456789abcdef".repeat(4),
    minSize: 20,
    thresholds: [0.6, 0.7, 0.7],
    scaleFactor: 0.709,
    template: [[30.2946, 51.6963]],
    height: 112,
    width: 96,
    colour: "RGB",
    interpolation: "bilinear",
    border: "black",
    missing: "skip",
    faces: "chosen",
  } as const;
  await writeFile(join(input, ALIGNMENT_FILE), formatAlignment(record));
  await packShards(input, join(dir, "shards"));
  assert.deepEqual(await readAlignment(join(dir, "shards")), record);
});

test("packShards() writes an index that arquero reads", async () => {
  const { output } = await packed([4, 1, 6], { shardSize: 4 });
  const table = aq.fromArrow(await readFile(join(output, "index.arrow")));
  assert.deepEqual(table.objects(), [
    { label: 0, identity: "p00", photos: 4, folder: "", class: 0 },
    { label: 1, identity: "p01", photos: 1, folder: "", class: 1 },
    { label: 2, identity: "p02", photos: 6, folder: "", class: 2 },
  ]);
  assert.deepEqual((await readShardIndex(output)).toArray(), table.objects());
  const shards = aq.fromArrow(await readFile(join(output, "shards.arrow")));
  assert.deepEqual([...shards.array("records")], [4, 4, 3]);
});

test("packShards() gives the same bytes for the same seed, and another order for another", async () => {
  const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => packed([9, 9], { seed })));
  const bytes = (dir: string) => readFile(join(dir, "faces-00000.tfrecord"));
  assert.deepEqual(await bytes(a.output), await bytes(b.output));
  assert.notDeepEqual(await bytes(a.output), await bytes(c.output));
});

test("packShards() leaves nothing behind when a photo cannot be read, and skips and counts it when told", async () => {
  const dir = await temporaryFolder();
  const input = await writeCrops(join(dir, "crops"), [3, 3]);
  await writeFile(join(input, "p01", "01.png"), "no photo");
  const output = join(dir, "shards");
  await assert.rejects(packShards(input, output), /p01.01\.png: expected a JPEG, PNG/);
  assert.deepEqual(await readdir(dir), ["crops"]);
  const skipped: string[] = [];
  const options = { skipCorrupt: true, onSkip: ({ path }: { path: string }) => skipped.push(path) };
  const summary = await packShards(input, output, options);
  assert.deepEqual([summary.records, summary.skipped, skipped.length], [5, 1, 1]);
});

test("packShards() refuses crops of mixed sizes and names the odd one", async () => {
  const dir = await temporaryFolder();
  const input = await writeCrops(join(dir, "crops"), [3, 3]);
  await writePng(join(input, "p01", "01.png"), crop(1, [8, 8]));
  await assert.rejects(
    packShards(input, join(dir, "shards")),
    /expected a crop of \d+x\d+ .* like the first/,
  );
  assert.deepEqual(await readdir(dir), ["crops"]);
});

test("joinPacked() called again finds the shards that it had put in place, and refuses others", async () => {
  const { dir, input, output } = await packed([4, 1, 6], { shardSize: 4 });
  const [folder, target] = ["parts", "joined"].map((name) => join(dir, name));
  const parts = [0, 1].map((index) => ({ index, count: 2 }));
  const made = await Promise.all(
    parts.map((part) => packPart(input, join(folder, String(part.index)), part, { shardSize: 4 })),
  );
  const again = () => joinPacked(input, target, folder, made, { shardSize: 4 });
  const summary = await again();
  assert.deepEqual(await again(), summary);
  for (const name of await readdir(output))
    assert.deepEqual(await readFile(join(target, name)), await readFile(join(output, name)));
  await rm(join(target, "shards.arrow"));
  await assert.rejects(again(), /Cannot pack into .*: expected an empty folder or none/);
});

test("packShards() refuses a folder that holds something, and shard sizes out of range", async () => {
  const { input, output } = await packed([2, 2], {});
  await assert.rejects(
    packShards(input, output),
    /Cannot pack into .*: expected an empty folder or none, got /,
  );
  await assert.rejects(
    packShards(input, `${output}2`, { shardSize: 0 }),
    /shardSize to be an integer >= 1, got 0/,
  );
});

test("packShards() stopped by a signal leaves nothing behind", async () => {
  const dir = await temporaryFolder();
  const input = await writeCrops(join(dir, "crops"), new Array(40).fill(4));
  const abort = new AbortController();
  const packing = packShards(input, join(dir, "shards"), {
    shardSize: 10,
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  await assert.rejects(packing, { name: "AbortError" });
  assert.deepEqual(await readdir(dir), ["crops"]);
});

const noMount =
  process.platform !== "linux" || process.getuid?.() !== 0 ? "needs root, to mount a small disk" : false;
test("packShards() on a disk that fills says so and leaves nothing behind", { skip: noMount }, async (t) => {
  const dir = await temporaryFolder();
  const input = join(dir, "crops");
  for (const person of ["a", "b"]) {
    await mkdir(join(input, person), { recursive: true });
    for (let i = 0; i < 40; i++) await writePng(join(input, person, `${i}.png`), crop(i, [112, 96]));
  }
  const disk = join(dir, "disk");
  await mkdir(disk);
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1536k", "tmpfs", disk]);
  if (mount.status !== 0) return t.skip("cannot mount a small disk here");
  try {
    const packing = packShards(input, join(disk, "shards"), { encoding: "raw", shardSize: 30 });
    await assert.rejects(packing, (error: Error) => {
      assert.ok(error instanceof WriteError);
      assert.match(error.message, /Cannot write .*faces-\d+\.tfrecord: .*no space left on device/i);
      return true;
    });
    assert.deepEqual(await readdir(disk), []);
  } finally {
    spawnSync("umount", [disk]);
  }
});
