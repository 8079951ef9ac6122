import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type NamedTensor, readTensorFlowCheckpoint } from "@amface/nets";
import { writeBundle } from "./bundle-writer.ts";

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

async function write({ index, data }: ReturnType<typeof writeBundle>): Promise<void> {
  await writeFile(`${prefix}.index`, index);
  const name = (shard: number) => `${prefix}.data-0000${shard}-of-0000${data.length}`;
  for (const [shard, bytes] of data.entries()) await writeFile(name(shard), bytes);
}

for (const shards of [1, 2]) {
  test(`readTensorFlowCheckpoint() reads every float variable of a bundle of ${shards} data files`, async () => {
    await write(writeBundle(TENSORS, shards));
    const byName = (a: NamedTensor, b: NamedTensor) => (a.name < b.name ? -1 : 1);
    for (const path of [prefix, `${prefix}.index`]) {
      const tensors = await readTensorFlowCheckpoint(path);
      assert.deepEqual([...tensors.values()], [...TENSORS].sort(byName)); // without the step, an integer
    }
  });
}

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
