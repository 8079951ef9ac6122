import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, loadTfjs, NET_NAMES, netTensors, SeededDropout, saveTfjs } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../test/slow.ts";

let folder: string;
before(async () => {
  await tf.setBackend("onnx");
  folder = await mkdtemp(join(tmpdir(), "amface-tfjs-"));
});
after(() => rm(folder, { recursive: true }));

const TINY = { imageSize: [32, 32], embeddingSize: 4, keepProbability: 0.5, seed: 3 } as const;
const images = () => tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], -1, 1, "float32", 1);

for (const name of NET_NAMES) {
  test(`TensorFlow.js alone loads ${name} as saveTfjs() wrote it, and predicts the same`, {
    skip:
      slow() || name === "resface-small" || name === "mobilefacenet" ? false : "slow: run with AMFACE_SLOW=1",
    timeout: 60_000,
  }, async () => {
    const net = createNet(name, TINY);
    tf.tidy(() => net.model.apply(images(), { training: true }) as tf.Tensor); // moves the statistics
    const path = join(folder, name);
    assert.equal(await saveTfjs(net, path, { note: "a run" }), join(path, "model.json"));
    assert.deepEqual((await readdir(path)).sort(), ["model.json", "weights.bin"]);
    const { userDefinedMetadata, format } = JSON.parse(await readFile(join(path, "model.json"), "utf8"));
    assert.equal(format, "layers-model");
    assert.equal(userDefinedMetadata.net, name);
    assert.equal(userDefinedMetadata.note, "a run");

    const loaded = await loadTfjs(path);
    const stock = [tf.layers.batchNormalization(), tf.layers.prelu(), tf.layers.dropout({ rate: 0 })];
    for (const plain of stock)
      assert.ok(
        loaded.layers.some((layer) => layer.constructor === plain.constructor),
        plain.getClassName(),
      );
    assert.ok(!loaded.layers.some((layer) => layer instanceof SeededDropout));
    const [expected, got] = [net.model, loaded].map((model) =>
      tf.tidy(() => (model.predict(images()) as tf.Tensor).dataSync()),
    );
    got.forEach((value, i) => {
      assert.ok(
        Math.abs(value - expected[i]) < 1e-4 * (1 + Math.abs(expected[i])),
        `${value}, ${expected[i]}`,
      );
    });
    net.model.dispose();
    loaded.dispose();
  });
}

test("a net is a LayersModel: summary, and transfer learning with its layers frozen", async () => {
  const net = createNet("resface-small", { ...TINY, keepProbability: 1 });
  const lines: string[] = [];
  net.model.summary(100, undefined, (line) => lines.push(line));
  const trainable = `Trainable params: ${net.description.trainableParameters}`;
  assert.ok(lines.some((line) => line.includes(trainable)));
  const before = await netTensors(net.model);
  for (const layer of net.model.layers) layer.trainable = false;
  const classes = tf.layers.dense({ units: 2, activation: "softmax", name: "classes" });
  const model = tf.model({
    inputs: net.model.inputs,
    outputs: classes.apply(net.model.outputs[0]) as tf.SymbolicTensor,
  });
  model.compile({ optimizer: tf.train.adam(0.05), loss: "categoricalCrossentropy" });
  const [x, y] = [
    images(),
    tf.tensor2d([
      [1, 0],
      [0, 1],
    ]),
  ];
  const { history } = await model.fit(x, y, { epochs: 30, verbose: 0 });
  assert.ok((history.loss[29] as number) < 0.5 * (history.loss[0] as number));
  const after = await netTensors(net.model);
  const kernels = (all: typeof before) =>
    all.filter(({ name }) => !name.includes("moving")).map(({ data }) => data);
  assert.deepEqual(kernels(after), kernels(before));
  tf.dispose([x, y]);
  model.dispose();
});

test("loadTfjs() names the file that is missing", async () => {
  await assert.rejects(loadTfjs(join(folder, "none")), /ENOENT.*model\.json/);
});
