import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { openSource, packShards, photoBatches, Random } from "@amface/data";
import { useEngine } from "@amface/engine";
import { openBytes } from "@amface/files";
import { readBlufr, readTinyFace } from "@amface/lfw-eval";
import { createNet, readWeights, saveTfjs } from "@amface/nets";
import { encodeSafetensors } from "@amface/numpy";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { encodeNpy } from "../src/embeddings/npy.ts";
import { readEmbeddings } from "../src/embeddings/read-embeddings.ts";
import { openLayersModel } from "../src/foreign/layers-model.ts";
import { openOnnxModel } from "../src/foreign/onnx-model.ts";
import { inspectFile } from "../src/inspect/inspect-file.ts";
import { writeCrops } from "./foreign/write-crops.ts";

const MUTATIONS = 300;
/** A file that is read takes far less; more is a loop or a bomb. */
const LIMITS = { milliseconds: 5000, bytes: 512 * 2 ** 20 };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-fuzz-"));
});
after(() => rm(folder, { recursive: true }));

/** Numbers that sizes, offsets and counts are set to. */
const NUMBERS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const NAMES = ["/etc/passwd", "../../../x", "archive/data/0", "__proto__", "\0\0\0\0"];

/** One of the ways in which files are damaged or forged, several times over. */
function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = Uint8Array.from(bytes);
  const place = () => random.int(Math.max(1, changed.length));
  for (let times = 1 + random.int(3); times > 0; times--) {
    const at = place();
    const kind = random.int(7);
    if (kind === 0) changed = changed.slice(0, at);
    else if (kind === 1 && changed.length > 0) changed[at] ^= 1 << random.int(8);
    else if (kind === 2 && at + 4 <= changed.length)
      new DataView(changed.buffer).setUint32(at, NUMBERS[random.int(NUMBERS.length)], true);
    else if (kind === 3 && at + 8 <= changed.length)
      new DataView(changed.buffer).setBigUint64(at, BigInt(NUMBERS[random.int(NUMBERS.length)]) << 16n, true);
    else if (kind === 4) changed.copyWithin(at, place(), place());
    else if (kind === 5)
      changed.set(
        new TextEncoder().encode(NAMES[random.int(NAMES.length)]).slice(0, changed.length - at),
        at,
      );
    else changed = Uint8Array.from([...changed.slice(0, at), ...changed.slice(place())]);
  }
  return changed;
}

/** Changes some values of JSON: numbers, texts, entries that go or come twice. */
function mutateJson(bytes: Uint8Array, random: Random): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(bytes));
  const places: [object: Record<string, unknown>, key: string][] = [];
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      visit((value as Record<string, unknown>)[key]);
    }
  };
  visit(json);
  for (let times = 1 + random.int(3); times > 0; times--) {
    const [object, key] = places[random.int(places.length)];
    const [other, name] = places[random.int(places.length)];
    const value = object[key];
    const kind = random.int(4);
    if (typeof value === "number" && kind < 3) object[key] = NUMBERS[random.int(NUMBERS.length)];
    else if (typeof value === "string" && kind < 2) object[key] = NAMES[random.int(NAMES.length)];
    else if (kind === 2) object[key] = structuredClone(other[name]);
    else if (Array.isArray(object)) object.splice(Number(key), 1);
    else delete object[key];
  }
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Reads `MUTATIONS` changed copies of a file, and counts those that are refused; each by one clear line. */
async function fuzz(
  name: string,
  bytes: Uint8Array,
  read: (path: string) => Promise<unknown>,
  change = mutate,
): Promise<number> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, bytes);
  await read(path); // as it is, it can be read
  const start = process.memoryUsage().rss;
  let refused = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    await writeFile(path, change(bytes, new Random("fuzz", name, i)));
    const began = performance.now();
    try {
      await read(path);
    } catch (error) {
      const { message } = error as Error;
      assert.match(message, /^Cannot [^\n]{10,1500}$/, `mutation ${i} of ${name}: ${(error as Error).stack}`);
      refused++;
    }
    assert.ok(performance.now() - began < LIMITS.milliseconds, `mutation ${i} of ${name} took long`);
    if (process.memoryUsage().rss - start > LIMITS.bytes / 2) collectGarbage();
    const grown = process.memoryUsage().rss - start;
    assert.ok(grown < LIMITS.bytes, `mutation ${i} of ${name} took ${grown} bytes`);
  }
  return refused;
}

/** So that what earlier mutations left is not counted. */
function collectGarbage(): void {
  (globalThis as { Bun?: { gc(force: boolean): void } }).Bun?.gc(true);
}

/** Prints how many were refused; where none was, nothing was damaged. */
function tell(t: TestContext, refused: number): void {
  t.diagnostic(`${refused} refused`);
  assert.ok(refused > 0);
}

const golden = async (...parts: readonly string[]) =>
  JSON.parse(await readFile(join(import.meta.dirname, "..", "..", ...parts), "utf8")) as Record<
    string,
    Record<string, never>
  >;
const unpack = (text: string) => new Uint8Array(inflateSync(Buffer.from(text, "base64")));

for (const kind of ["zip", "zip, protocol 4", "legacy", "checkpoint", "legacy checkpoint"]) {
  test(`of 300 damaged files of PyTorch (${kind}) each is read or refused by one line`, async (t) => {
    const [files] = Object.values(await golden("numpy", "test", "golden", "torch-files.json"));
    const refused = await fuzz(`${kind.replaceAll(/\W/g, "")}.pth`, unpack(files[kind]), readWeights);
    tell(t, refused);
  });
}

test("of 300 damaged safetensors files each is read or refused by one line", async (t) => {
  const tensor = { name: "a", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const bytes = Buffer.concat(encodeSafetensors([tensor, { ...tensor, name: "b" }], { net: "x" }));
  tell(t, await fuzz("a.safetensors", bytes, readWeights));
});

for (const file of [
  "stored.npz",
  "compressed.npz",
  "lists.parquet",
  "fixed.parquet",
  "lists.arrow",
  "stream.arrow",
]) {
  test(`of 300 damaged copies of ${file} each is read or refused by one line`, async (t) => {
    const bytes = await readFile(join(import.meta.dirname, "embeddings", "golden", file));
    tell(t, await fuzz(file, bytes, readEmbeddings));
  });
}

test("of 300 damaged .npy files each is read or refused by one line", async (t) => {
  await writeFile(join(folder, "a.json"), JSON.stringify(["a", "b"]));
  const refused = await fuzz("a.npy", encodeNpy(Float32Array.of(1, 2, 3, 4), [2, 2]), readEmbeddings);
  tell(t, refused);
});

for (const kind of ["identities", "labels"]) {
  for (const name of ["rec", "idx"]) {
    test(`of 300 damaged .${name} files of ${kind} each is read or refused by one line`, async (t) => {
      const [files] = Object.values(await golden("data", "test", "shards", "golden", "recordio.json"));
      const dir = `${kind}-${name}`;
      await mkdir(join(folder, dir));
      for (const other of ["rec", "idx"])
        await writeFile(join(folder, dir, `train.${other}`), unpack(files[kind][other]));
      const read = async () => {
        const source = await openSource(join(folder, dir));
        const photos = photoBatches(await source.list(), { batchSize: 8, imageSize: [4, 6], workers: 1 });
        for await (const { images } of photos) images.dispose();
      };
      tell(t, await fuzz(`${dir}/train.${name}`, unpack(files[kind][name]), read));
    });
  }
}

const AS_INSIGHTFACE = { channels: "rgb", mean: [127.5], scale: [1 / 127.5] } as const;

/** Opens another program's model and embeds three images by it. */
const embedBy = (open: typeof openOnnxModel) => async (path: string) => {
  const model = await open(path, AS_INSIGHTFACE);
  try {
    const [height, width] = model.description.imageShape;
    const images = tf.zeros<tf.Rank.R4>([3, height, width, 3]);
    await model.embed(images).finally(() => images.dispose());
  } finally {
    model.dispose();
  }
};

for (const [kind, name] of [
  ["with its values beside it", "tiny"],
  ["in one file", "whole"],
]) {
  test(`of 300 damaged ONNX files ${kind} each is run or refused by one line`, async (t) => {
    await useEngine("onnx:cpu");
    const golden = join(import.meta.dirname, "foreign", "golden");
    await copyFile(join(golden, "tiny.onnx.data"), join(folder, "tiny.onnx.data"));
    const bytes = await readFile(join(golden, `${name}.onnx`));
    tell(t, await fuzz(`${name}.onnx`, bytes, embedBy(openOnnxModel)));
  });
}

for (const [kind, change] of [
  ["damaged bytes", mutate],
  ["changed values", mutateJson],
] as const) {
  test(`of 300 model.json files with ${kind} each is run or refused by one line`, async (t) => {
    await useEngine("cpu");
    const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 4 });
    const path = await saveTfjs(net, join(folder, kind));
    net.model.dispose();
    const bytes = await readFile(path);
    tell(t, await fuzz(`${kind}/model.json`, bytes, embedBy(openLayersModel), change));
  });
}

const inspectAt = async (path: string) => {
  const bytes = openBytes(path);
  try {
    await inspectFile(bytes, path);
  } finally {
    bytes.close();
  }
};

for (const [name, ...parts] of [
  ["tiny.onnx", "foreign", "golden", "tiny.onnx"],
  ["frozen.pb", "inspect", "golden", "frozen.pb"],
  ["saved_model.pb", "inspect", "golden", "saved_model.pb.gz"],
  ["variables.index", "inspect", "golden", "variables.index"],
  ["stream.arrow", "embeddings", "golden", "stream.arrow"],
  ["compressed.npz", "embeddings", "golden", "compressed.npz"],
  ["keras.json", "foreign", "golden", "keras", "model.json"],
]) {
  test(`of 300 damaged copies of ${name} each is inspected or refused by one line`, async (t) => {
    const file = await readFile(join(import.meta.dirname, ...parts));
    const bytes = parts.at(-1)?.endsWith(".gz") ? gunzipSync(file) : file;
    tell(t, await fuzz(join("inspect", name), bytes, inspectAt));
  });
}

for (const name of ["index.arrow", "shards.arrow"]) {
  test(`of 300 shard folders with a damaged ${name} each is opened or refused by one line`, async (t) => {
    const photos = join(folder, `photos-${name}`);
    await writeCrops(photos, new Uint8Array(4 * 8 * 8 * 3), [8, 8]);
    const shards = join(folder, `shards-${name}`);
    await packShards(photos, shards);
    const open = async () => (await openSource(shards)).list();
    tell(t, await fuzz(`shards-${name}/${name}`, await readFile(join(shards, name)), open));
  });
}

for (const [name, read] of [
  ["blufr.mat", readBlufr],
  ["gallery_match_img_ID_pairs.mat", (path: string) => readTinyFace(join(path, ".."))],
  ["probe_img_ID_pairs.mat", (path: string) => readTinyFace(join(path, ".."))],
] as const) {
  test(`of 300 damaged copies of ${name} each is read or refused by one line`, async (t) => {
    const golden = join(import.meta.dirname, "..", "..", "lfw-eval", "test", "lists", "golden");
    await mkdir(join(folder, name), { recursive: true });
    for (const list of ["gallery_match", "probe"].map((part) => `${part}_img_ID_pairs.mat`)) {
      if (list !== name) await copyFile(join(golden, list), join(folder, name, list));
    }
    tell(t, await fuzz(join(name, name), await readFile(join(golden, name)), read));
  });
}
