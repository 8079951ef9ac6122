import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  createNet,
  embedImages,
  importNet,
  isTensorFlowCheckpoint,
  type NamedTensor,
  netVariables,
  readTensorFlowCheckpoint,
} from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../../test/slow.ts";
import { asCheckpoint } from "../../as-checkpoint.ts";
import { writeBundle, writeSlices } from "./bundle-writer.ts";

let prefix: string;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-checkpoint-"));
  prefix = join(folder, "model-2018.ckpt-27000");
});
after(() => rm(folder, { recursive: true }));

const SHAPES: Record<string, number[]> = {
  "Resface/Conv1/Conv1_pre/weights": [3, 3, 3, 16],
  "Resface/Conv1/Conv1_pre/BatchNorm/gamma": [16],
  "Resface/Conv1/Conv1_pre/BatchNorm/beta": [16],
  "Resface/Conv1/Conv1_pre/BatchNorm/moving_mean": [16],
  "Resface/Conv1/Conv1_pre/PRelu/prelu_alphas": [16],
  "Resface/Bottleneck/weights": [200, 3],
  "AM_logits/Variable": [3, 1],
  scalar: [],
};
const TENSORS: NamedTensor[] = Object.entries(SHAPES).map(([name, shape], i) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { name, shape, data: Float32Array.from({ length: size }, (_, j) => Math.sin(i * 1000 + j)) };
});

const byName = (a: NamedTensor, b: NamedTensor) => (a.name < b.name ? -1 : 1);

async function write({ index, data }: ReturnType<typeof writeBundle>): Promise<void> {
  await writeFile(`${prefix}.index`, index);
  const name = (shard: number) => `${prefix}.data-0000${shard}-of-0000${data.length}`;
  for (const [shard, bytes] of data.entries()) await writeFile(name(shard), bytes);
}

for (const shards of [1, 2]) {
  test(`readTensorFlowCheckpoint() reads every float variable of a bundle of ${shards} data files`, async () => {
    await write(writeBundle(TENSORS, shards));
    for (const path of [
      prefix,
      `${prefix}.index`,
      `${prefix}.meta`,
      `${prefix}.data-00000-of-0000${shards}`,
    ]) {
      assert.equal(await isTensorFlowCheckpoint(path), true);
      const tensors = await readTensorFlowCheckpoint(path);
      assert.deepEqual([...tensors.values()], [...TENSORS].sort(byName)); // without the step, an integer
    }
  });
}

test("readTensorFlowCheckpoint() reads the single file of TensorFlow before 0.12, and refuses it cut anywhere or without a tensor's values", async () => {
  const file = join(folder, "old.ckpt-27000");
  const bytes = writeSlices(TENSORS);
  await writeFile(file, bytes);
  assert.equal(await isTensorFlowCheckpoint(file), true);
  for (const path of [file, `${file}.meta`]) {
    const tensors = await readTensorFlowCheckpoint(path);
    assert.deepEqual([...tensors.values()], [...TENSORS].sort(byName)); // without the step, an integer
  }
  for (let length = 0; length < bytes.length; length += 997) {
    await writeFile(file, bytes.subarray(0, length));
    assert.equal(await isTensorFlowCheckpoint(file), false);
    await assert.rejects(readTensorFlowCheckpoint(file), { name: "CheckpointFormatError" });
  }
  const short = { name: "short", shape: [3], data: Float32Array.of(1, 2) };
  await writeFile(file, writeSlices([...TENSORS, short]));
  await assert.rejects(
    readTensorFlowCheckpoint(file),
    /Cannot read .* as a TensorFlow checkpoint: expected a table of variables, but short has 8 bytes for \[3\]/,
  );
});

test("isTensorFlowCheckpoint() is false for folders, other files, empty ones and none", async () => {
  const other = join(folder, "other.ckpt");
  for (const text of ["", "longer than a footer's last bytes"]) {
    await writeFile(other, text);
    assert.equal(await isTensorFlowCheckpoint(other), false);
  }
  for (const path of [folder, join(folder, "none")]) assert.equal(await isTensorFlowCheckpoint(path), false);
});

test("readTensorFlowCheckpoint() refuses an index that is cut anywhere or changed in any byte of its blocks", async () => {
  const bundle = writeBundle(TENSORS);
  const { index } = bundle;
  for (let length = 0; length < index.length; length += 7) {
    await write({ ...bundle, index: index.subarray(0, length) });
    await assert.rejects(readTensorFlowCheckpoint(prefix), { name: "CheckpointFormatError" });
  }
  for (let at = 0; at < index.length - 48; at += 5) {
    const changed = index.slice();
    changed[at] ^= 16;
    await write({ ...bundle, index: changed });
    // What the index of blocks does not name, such as the empty block of meta data, is not read.
    const result = await readTensorFlowCheckpoint(prefix).catch((error: Error) => error.name);
    assert.ok(result === "CheckpointFormatError" || at >= index.length - 48 - 200, `byte ${at}`);
  }
});

test("readTensorFlowCheckpoint() names the tensor whose values are damaged or missing", async () => {
  const bundle = writeBundle(TENSORS);
  const data = bundle.data[0].slice();
  data[5] ^= 1;
  await write({ ...bundle, data: [data] });
  await assert.rejects(
    readTensorFlowCheckpoint(prefix),
    /Cannot read AM_logits\/Variable from .*: expected the values that were written, got others/,
  );
  await write({ ...bundle, data: [bundle.data[0].subarray(0, 100)] });
  await assert.rejects(
    readTensorFlowCheckpoint(prefix),
    /expected data file 0 with at least \d+ bytes, got 100/,
  );
  await assert.rejects(readTensorFlowCheckpoint(join(folder, "none")), /Cannot read .*none\.index: ENOENT/);
});

test("a checkpoint on disk with the reference's variables becomes a net that embeds as the net that it was made of", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 120_000,
}, async () => {
  await tf.setBackend("onnx");
  const net = createNet("resface20", { imageSize: [32, 32], embeddingSize: 8, seed: 3 });
  // Fresh offsets, slopes and statistics are all alike, and one taken for another would not show.
  netVariables(net.model).forEach(({ name, variable }, i) => {
    if (!name.endsWith("kernel"))
      variable.assign(tf.randomUniform(variable.shape, 0.2, 1.2, "float32", i + 1));
  });
  const variables = await asCheckpoint(net);
  const others = [
    "Resface/Bottleneck/weights/Momentum",
    "Resface/Conv1/Conv1_pre/weights/Adam",
    "beta1_power",
  ];
  for (const name of others) variables.set(name, { name, shape: [2], data: Float32Array.of(1, 2) });
  await write(writeBundle([...variables.values()], 2));

  const tensors = await readTensorFlowCheckpoint(prefix);
  const again = importNet("resface20", tensors, { from: "tensorflow", imageSize: [32, 32] });
  const images = tf.randomUniform<tf.Rank.R4>([3, 32, 32, 3], -1, 1, "float32", 1);
  const expected = await embedImages(net, images);
  assert.ok(expected.some((value) => Math.abs(value) > 0.1));
  assert.deepEqual(await embedImages(again, images), expected);
  tf.dispose(images);
  net.model.dispose();
  again.model.dispose();
});
