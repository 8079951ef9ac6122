import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { useEngine } from "@amface/engine";
import * as tf from "@tensorflow/tfjs";
import { pythonWith } from "../../../../test/python-with.ts";
import { readEmbeddings } from "../../src/embeddings/read-embeddings.ts";
import { amface } from "./run-amface.ts";
import { writeCrops } from "./write-crops.ts";

let dir: string;
const file = (...parts: readonly string[]) => join(dir, ...parts);
const PIXELS = Uint8Array.from({ length: 3 * 12 * 10 * 3 }, (_, i) => (i * 37) % 256);
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-layers-"));
  await writeCrops(file("crops"), PIXELS, [12, 10]);
});
after(() => rm(dir, { recursive: true }));

const embed = (model: string, ...flags: readonly string[]) =>
  amface(
    ...[
      "embed",
      "--model",
      model,
      "--input-dir",
      file("crops"),
      "--output",
      file("out.npz"),
      "--flip",
      "none",
      ...flags,
    ],
  );

function assertClose(got: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(got.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    assert.ok(Math.abs(got[i] - value) <= 1e-5 * largest, `${i}: ${got[i]} for ${value}`);
  });
}

/** Saves a model as TensorFlow.js does it to a folder; two files of weights. */
async function save(model: tf.LayersModel, folder: string, change = (json: object): object => json) {
  await mkdir(file(folder), { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs, ...artifacts }) => {
      const bytes = Buffer.from(tf.io.concatenateArrayBuffers([weightData ?? []].flat()));
      const paths = ["a.bin", "b.bin"];
      await writeFile(file(folder, "a.bin"), bytes.subarray(0, 100));
      await writeFile(file(folder, "b.bin"), bytes.subarray(100));
      const json = change({ ...artifacts, weightsManifest: [{ paths, weights: weightSpecs }] });
      await writeFile(file(folder, "model.json"), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    }),
  );
}

function someModel(batch?: number): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        batchInputShape: [batch ?? null, 12, 10, 3],
        activation: "elu",
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.layerNormalization(),
      tf.layers.dense({ units: 6 }),
    ],
  });
}

for (const [engine, batch] of [
  ["onnx", undefined],
  ["wasm", undefined],
  ["onnx", 2],
] as const) {
  test(`embed runs a model that TensorFlow.js saved on ${engine}, ${batch ? "of batches of 2" : "of any batch"}`, async () => {
    await useEngine(engine);
    const model = someModel(batch);
    const folder = `saved-${engine}-${batch}`;
    await save(model, folder);
    const bgr = Array.from(PIXELS, (_, i) => PIXELS[i - (i % 3) + 2 - (i % 3)] / 255);
    const expected = tf.tidy(() => {
      const images = tf.tensor4d(bgr, [3, 12, 10, 3]);
      if (!batch) return Array.from((model.predict(images) as tf.Tensor).dataSync());
      return [0, 1].flatMap((from) => {
        const pair = model.predict(images.slice(from, 2)) as tf.Tensor;
        return Array.from(pair.dataSync()).slice(6 * from);
      });
    });
    model.dispose();
    const flags = [
      "--input-channels",
      "bgr",
      "--input-mean",
      "0",
      "--input-scale",
      "1/255",
      "--engine",
      engine,
    ];
    const { status, err } = await embed(file(folder, "model.json"), ...flags);
    assert.equal(status, 0, err);
    assertClose((await readEmbeddings(file("out.npz"))).data, expected);
    assert.equal((await embed(file(folder, "model.json"), "--engine", engine)).status, 0);
  });
}

test("a model in a model is loaded, called once or twice", async () => {
  await useEngine("onnx");
  const raw = ["--input-mean", "0", "--input-scale", "1/255"];
  const inner = someModel();
  for (const calls of [1, 2]) {
    const x = tf.input({ shape: [12, 10, 3] });
    const each = Array.from({ length: calls }, () => inner.apply(x) as tf.SymbolicTensor);
    const joined = calls === 1 ? each[0] : (tf.layers.add().apply(each) as tf.SymbolicTensor);
    const outputs = tf.layers.dense({ units: 5 }).apply(joined) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs });
    await save(model, `nested-${calls}`);
    const expected = tf.tidy(() => {
      const images = tf.tensor4d(
        Float32Array.from(PIXELS, (pixel) => pixel / 255),
        [3, 12, 10, 3],
      );
      return Array.from((model.predict(images) as tf.Tensor).dataSync());
    });
    const { status, err } = await embed(file(`nested-${calls}`, "model.json"), ...raw);
    assert.equal(status, 0, err);
    assertClose((await readEmbeddings(file("out.npz"))).data, expected);
  }
});

test("what cannot be loaded is told in one line", async () => {
  await useEngine("onnx");
  const model = someModel();
  const refused = async (name: string, change: (json: never) => object) => {
    await save(model, name, change as (json: object) => object);
    const { status, err } = await embed(file(name, "model.json"), "--input-preset", "insightface");
    const lines = err.split("\n").filter((line) => line.startsWith("amface embed: "));
    assert.deepEqual([status, lines.length], [1, 1], err);
    return lines[0];
  };
  assert.match(
    await refused("graph", (json: object) => ({ ...json, format: "graph-model" })),
    /expected a model of layers, got a graph model/,
  );
  assert.match(
    await refused("layer", (json: object) =>
      JSON.parse(JSON.stringify(json).replaceAll('"LayerNormalization"', '"AcmeNormalization"')),
    ),
    /Unknown layer: AcmeNormalization/,
  );
  assert.match(await refused("none", () => ({})), /got: no modelTopology/);
  for (const path of ["../a.bin", "/etc/hostname", "C:\\a.bin"]) {
    const line = await refused("outside", (json: { weightsManifest: object[] }) => ({
      ...json,
      weightsManifest: [{ ...json.weightsManifest[0], paths: [path, "b.bin"] }],
    }));
    assert.match(line, /which is not below the model's folder/);
  }
  assert.match(
    await refused("short", (json: { weightsManifest: object[] }) => ({
      ...json,
      weightsManifest: [{ ...json.weightsManifest[0], paths: ["a.bin"] }],
    })),
    /Cannot load .*model\.json/,
  );
  model.dispose();
});

test("a model that TensorFlow.js's converter made of a Keras model embeds as Keras did", async () => {
  const golden = join(import.meta.dirname, "golden", "keras");
  await cp(golden, file("golden"), { recursive: true });
  const { embeddings } = JSON.parse(await readFile(join(golden, "expected.json"), "utf8"));
  const { status, err } = await embed(
    file("golden", "model.json"),
    "--input-preset",
    "insightface",
    "--engine",
    "onnx",
  );
  assert.equal(status, 0, err);
  assertClose((await readEmbeddings(file("out.npz"))).data, embeddings.flat());
});

const python = pythonWith("tensorflow", "tensorflowjs", "tf_keras");

test("a model that the converter in Python makes just now embeds as Keras does", {
  skip: python ? false : "needs TensorFlow, tensorflowjs and tf_keras in AMFACE_PYTHON or python3",
}, async () => {
  const script = join(import.meta.dirname, "make-tfjs.py");
  const { status, stderr } = spawnSync(python!, [script, dir], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { embeddings } = JSON.parse(await readFile(file("expected.json"), "utf8"));
  const made = await embed(file("keras", "model.json"), "--input-preset", "insightface", "--engine", "onnx");
  assert.equal(made.status, 0, made.err);
  assertClose((await readEmbeddings(file("out.npz"))).data, embeddings.flat());
  const graph = await embed(file("graph", "model.json"), "--input-preset", "insightface");
  assert.match(graph.err, /expected a model of layers, got a graph model/);
});
