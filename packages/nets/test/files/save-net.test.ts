import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { createNet, loadNet, netTensors, readSafetensors, saveNet, writeSafetensors } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";

let folder: string;
before(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "amface-nets-"));
});
after(() => rm(folder, { recursive: true }));

const TINY = { imageSize: [16, 16], embeddingSize: 4, keepProbability: 0.5, seed: 3 } as const;

test("loadNet() gives back the net that saveNet() wrote, options, weights and metadata", async () => {
  const net = createNet("resface-small", TINY);
  const images = tf.randomUniform<tf.Rank.R4>([2, 16, 16, 3], -1, 1, "float32", 1);
  tf.tidy(() => net.model.apply(images, { training: true }) as tf.Tensor); // moves the statistics from their start
  const path = join(folder, "net.safetensors");
  await saveNet(net, path, { note: "a run" });
  assert.deepEqual(await readdir(folder), ["net.safetensors"]);

  const loaded = await loadNet(path);
  assert.equal(loaded.metadata.note, "a run");
  assert.deepEqual(loaded.net.options, net.options);
  assert.deepEqual(await netTensors(loaded.net.model), await netTensors(net.model));
  const [expected, got] = [net, loaded.net].map(({ model }) =>
    tf.tidy(() => (model.apply(images) as tf.Tensor).dataSync()),
  );
  assert.deepEqual(got, expected);
  images.dispose();
  net.model.dispose();
  loaded.net.model.dispose();
});

test("loadNet() refuses files that are not its own, and leaks nothing", async () => {
  const net = createNet("resface-small", TINY);
  const path = join(folder, "good.safetensors");
  const bad = join(folder, "bad.safetensors");
  await saveNet(net, path);
  const { tensors, metadata } = await readSafetensors(path);
  const all = [...tensors.values()];
  const count = tf.memory().numTensors;

  await writeSafetensors(bad, all);
  await assert.rejects(loadNet(bad), {
    name: "NetFileError",
    message: /expected its metadata to name a net/,
  });
  await writeSafetensors(bad, all, { ...metadata, net: "other" });
  await assert.rejects(loadNet(bad), { name: "NetFileError", message: /expected one of resface20/ });
  await writeSafetensors(bad, all.slice(1), metadata);
  await assert.rejects(loadNet(bad), {
    name: "NetFileError",
    message: /expected a tensor stage1\/down\/kernel, got none/,
  });
  await writeSafetensors(bad, [...all, { ...all[0], name: "more" }], metadata);
  await assert.rejects(loadNet(bad), {
    name: "NetFileError",
    message: /expected only this net's tensors, got more/,
  });
  await writeSafetensors(bad, all, { ...metadata, options: JSON.stringify({ ...TINY, embeddingSize: 5 }) });
  await assert.rejects(loadNet(bad), {
    name: "NetFileError",
    message: /expected embedding\/kernel of shape \[128,5\]/,
  });
  await writeFile(bad, (await readFile(path)).subarray(0, 5000));
  await assert.rejects(loadNet(bad), { name: "SafetensorsError" });
  await assert.rejects(loadNet(join(folder, "none")), /ENOENT/);

  assert.equal(tf.memory().numTensors, count);
  net.model.dispose();
});

test("writeSafetensors() leaves the old file and no rest where it cannot write", async () => {
  const path = join(folder, "kept.safetensors");
  await writeSafetensors(path, [{ name: "a", shape: [1], data: Float32Array.of(1) }]);
  await assert.rejects(
    writeSafetensors(path, [{ name: "a", shape: [2], data: Float32Array.of(1) }]),
    RangeError,
  );
  assert.equal((await readSafetensors(path)).tensors.get("a")?.data[0], 1);
  await assert.rejects(writeSafetensors(join(path, "x"), []), /^WriteError: Cannot write .*ENOTDIR/);
  assert.ok((await readdir(folder)).every((name) => !name.endsWith(".tmp")));
});
