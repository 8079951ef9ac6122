import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { packShards, readShardIndex, type StreamBatch, writeExclusions, writeShardIndex } from "@amface/data";
import { readSafetensors } from "@amface/nets";
import { type RunObserver, resolveConfig, type TrainConfigInput, train } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { tinyFaces, tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(4, 4, {
    embeddingSize: 8,
    maxSteps: 4,
    epochSize: 3,
    learningRate: 0.01,
    tensorboard: false,
  }));
});
after(() => remove());

const tensors = async (path: string) => [...(await readSafetensors(path)).tensors.values()];

/** Labels and mean pixel of every batch of a run. */
function watcher(): RunObserver & { readonly seen: { labels: number[]; mean: number }[] } {
  const seen: { labels: number[]; mean: number }[] = [];
  const onStep = (_: unknown, { images, labels }: StreamBatch) => {
    seen.push({ labels: [...labels.dataSync()], mean: tf.tidy(() => tf.mean(images).dataSync()[0]) });
  };
  return { name: "watcher", seen, onStep };
}

test("augmented and balanced batches resume bit for bit, from folders and shards", {
  timeout: 60_000,
}, async () => {
  const shards = join(dir, "shards");
  await packShards(config.dataDir, shards, { shardSize: 6 });
  const changed = {
    ...config,
    balance: { identities: 2, photos: 2 },
    augment: { cropJitter: 1, brightness: 0.3, grey: 0.2, blur: 1, jpegQuality: [50, 90], cutout: 0.25 },
  } as const;
  for (const [name, dataDir] of Object.entries({ folders: config.dataDir, shards })) {
    const run = { ...changed, dataDir };
    const watched = watcher();
    const whole = await train(run, { runDir: join(dir, `${name}-whole`), observers: [watched] });
    const runDir = join(dir, `${name}-halves`);
    await train({ ...run, maxSteps: 2 }, { runDir });
    const resumed = await train(run, { runDir, resume: true });
    assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
    for (const { labels } of watched.seen) {
      assert.equal(new Set(labels).size, 2, `${labels}`);
      assert.ok(labels.every((label) => labels.filter((other) => other === label).length === 2));
    }
  }
});

test("augmentations change the photos that are trained on, and none are off by default", async () => {
  const means = async (name: string, more: Partial<TrainConfigInput>) => {
    const watched = watcher();
    await train(
      { ...config, maxSteps: 1, randomFlip: false, ...more },
      { runDir: join(dir, name), observers: [watched] },
    );
    return watched.seen[0].mean;
  };
  const plain = await means("plain", {});
  assert.equal(await means("empty", { augment: {} }), plain);
  assert.notEqual(await means("bright", { augment: { brightness: 0.5 } }), plain);
});

test("filterMinNrofImagesPerClass leaves out identities of fewer photos", async () => {
  const dataDir = await tinyFaces(join(dir, "uneven"), 2, 5);
  await tinyFaces(dataDir, 1, 6); // one more photo of the first
  await tinyFaces(join(dir, "uneven"), 2, 5);
  const uneven = { ...config, dataDir, maxSteps: 1, batchSize: 2, epochSize: undefined };
  await assert.rejects(train({ ...uneven, filterMinNrofImagesPerClass: 6 }, { runDir: join(dir, "few") }), {
    name: "RangeError",
    message: /expected 2 identities or more, got 1/,
  });
  const kept = await train({ ...uneven, filterMinNrofImagesPerClass: 5 }, { runDir: join(dir, "kept") });
  assert.deepEqual([kept.identities, kept.photos], [2, 11]);
});

test("excludeFile leaves out the same photos of a folder and of its shards", async () => {
  const shards = join(dir, "excluding-shards");
  await packShards(config.dataDir, shards, { shardSize: 6 });
  const excludeFile = join(dir, "exclude.txt");
  await writeExclusions(excludeFile, ["person0/", "person1/2"]);
  const kept = async (name: string, dataDir: string) => {
    const few = { ...config, dataDir, excludeFile, maxSteps: 1, batchSize: 2 };
    const { identities, photos } = await train(few, { runDir: join(dir, name) });
    return [identities, photos];
  };
  assert.deepEqual(await kept("excluding", config.dataDir), [3, 11]);
  assert.deepEqual(await kept("excluding-from-shards", shards), [3, 11]);
});

test("excludeFile tells of lines that match no photo, and is refused where none does", async () => {
  const excludeFile = join(dir, "half.txt");
  await writeExclusions(excludeFile, ["person0/", "person9/", "person1/77.jpg"]);
  const warnings: string[] = [];
  const few = { ...config, excludeFile, maxSteps: 1, batchSize: 2 };
  await train(few, { runDir: join(dir, "half"), onWarning: (message) => warnings.push(message) });
  assert.deepEqual(warnings, [
    `2 of 3 lines of ${excludeFile} match no photo, such as person9/, person1/77.jpg`,
  ]);
  await writeExclusions(excludeFile, ["person9/", "person1/77.jpg"]);
  await assert.rejects(train(few, { runDir: join(dir, "none") }), /got 2 that match none, such as person9\//);
});

test("labels that an edited index leaves without photos have no column in the head", async () => {
  const dataDir = join(dir, "edited-shards");
  await packShards(config.dataDir, dataDir, { shardSize: 6 });
  const rows = [...(await readShardIndex(dataDir))].filter(({ label }) => label !== 1);
  await writeShardIndex(dataDir, {
    numRows: () => rows.length,
    array: (name) => rows.map((row) => row[name]),
  });
  const edited = { ...config, dataDir, maxSteps: 1, batchSize: 2 };
  const { identities, photos } = await train(edited, { runDir: join(dir, "edited") });
  assert.deepEqual([identities, photos], [3, 12]);
});

test("resolveConfig() refuses augmentations and balances that cannot be", () => {
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", ...more }), { name: "ConfigError", message });
  refuse({ augment: { brightness: 2 } }, /augment.brightness: expected number to be <=1, got 2/);
  refuse(
    { augment: { jpegQuality: [90, 50] } },
    /augment.jpegQuality: expected the lowest first, got \[90,50\]/,
  );
  refuse({ augment: { jitter: 2 } }, /there is no option augment.jitter; the nearest is augment.cropJitter$/);
  refuse(
    { balance: { identities: 3, photos: 2 } },
    /expected balance of identities × photos to be batchSize 64, got 3 × 2/,
  );
});
