import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  readCheckpoint,
  readRunConfig,
  saveCheckpoint,
  type TrainConfigInput,
  train,
} from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 5, { epochSize: 1, maxNrofEpochs: 1, learningRate: 0.02 }));
});
after(() => remove());

/** A run of one step, and what its newest checkpoint holds. */
async function oneStep(name: string) {
  const runDir = join(dir, name);
  const { checkpoint } = await train(config, { runDir });
  return { runDir, checkpoint, bytes: await readFile(checkpoint) };
}

test("a run that is resumed and stopped before its first step keeps its checkpoint as one that stays", async () => {
  const runDir = join(dir, "stopped at once");
  const { checkpoint } = await train(config, { runDir });
  const more = { ...config, maxNrofEpochs: 2 };
  const stopped = await train(more, { runDir, resume: true, signal: AbortSignal.abort() });
  assert.deepEqual([stopped.finished, stopped.checkpoint], [false, checkpoint]);
  assert.equal((await readCheckpoint(checkpoint)).info.interim, undefined);
  await train(more, { runDir, resume: true });
  assert.deepEqual((await readdir(join(runDir, "checkpoints"))).sort(), [
    "step-000000.safetensors",
    "step-000001.safetensors",
    "step-000002.safetensors",
  ]);
});

for (const [damage, harm, message] of [
  ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1000), /the file is truncated/],
  [
    "with a flipped bit",
    (bytes: Buffer) =>
      Buffer.from(bytes).fill(bytes[bytes.length - 5000] ^ 1, bytes.length - 5000, bytes.length - 4999),
    /its values are not those that were written/,
  ],
  [
    "that says nonsense of its run",
    (bytes: Buffer) =>
      Buffer.from(bytes).fill("!", bytes.indexOf("progress") - 3, bytes.indexOf("progress") - 2),
    /what it says of its run is damaged/,
  ],
  ["of no bytes", () => Buffer.alloc(0), /Cannot read .*step-000001/],
] as const) {
  test(`a checkpoint ${damage} is put aside, and the run goes on from the one before, saying so`, async () => {
    const { runDir, checkpoint, bytes } = await oneStep(damage);
    await writeFile(checkpoint, harm(bytes));
    await assert.rejects(readCheckpoint(checkpoint), { name: "DamagedCheckpointError", message });
    const warnings: string[] = [];
    const steps: number[] = [];
    await train(config, {
      runDir,
      resume: true,
      onWarning: (warning) => warnings.push(warning),
      onStep: ({ step }) => void steps.push(step),
    });
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0],
      /kept as step-000001\.safetensors\.damaged, going on from step-000000\.safetensors/,
    );
    assert.deepEqual(steps, [1]);
    assert.deepEqual((await readdir(join(runDir, "checkpoints"))).sort(), [
      "step-000000.safetensors",
      "step-000001.safetensors",
      "step-000001.safetensors.damaged",
    ]);
    const [again, first] = [await readCheckpoint(checkpoint), bytes];
    assert.ok(first.includes(Buffer.from(again.tensors.get("head")?.data.buffer as ArrayBuffer)));
  });
}

test("a run none of whose checkpoints is whole is refused, and stays as it is", async () => {
  const { runDir } = await oneStep("all damaged");
  const folder = join(runDir, "checkpoints");
  const names = await readdir(folder);
  for (const name of names) await writeFile(join(folder, name), "nothing");
  await assert.rejects(train(config, { runDir, resume: true }), {
    name: "DamagedCheckpointError",
    message: /step-000001.*, and no checkpoint before it is whole; start a new run$/,
  });
  assert.deepEqual(await readdir(folder), names);
});

test("a file of weights in a checkpoint's place is refused", async () => {
  const { runDir, checkpoint } = await oneStep("weights");
  await writeFile(checkpoint, await readFile(join(runDir, "model.safetensors")));
  await assert.rejects(train(config, { runDir, resume: true }), {
    name: "CheckpointError",
    message: /expected amface checkpoint 1, got no format/,
  });
});

test("a checkpoint of another net is refused by name, one of another form by its variables", async () => {
  const { runDir, checkpoint, bytes } = await oneStep("one net");
  const swap = (from: string, to: string) =>
    writeFile(checkpoint, bytes.toString("latin1").replace(from, to), "latin1");
  const named = '\\"net\\":\\"resface-small\\"';
  assert.ok(bytes.includes(named));
  await swap(named, '\\"net\\":\\"mobilefacenet\\"');
  await assert.rejects(train(config, { runDir, resume: true }), {
    name: "ConfigError",
    message:
      /expected net to be "mobilefacenet" as before, got "resface-small"; start a new run to change it$/,
  });
  const state = await createTrainState(
    createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8 }),
    3,
    {
      momentum: 0,
      seed: 0,
    },
  );
  const { info } = await readCheckpoint(join(runDir, "checkpoints", "step-000000.safetensors"));
  await saveCheckpoint(
    join(runDir, "checkpoints"),
    state,
    { ...info, progress: { ...info.progress, step: 1 } },
    { kept: 9 },
  );
  disposeTrainState(state);
  await assert.rejects(train(config, { runDir, resume: true }), {
    name: "CheckpointError",
    message: /^Cannot resume from .*: expected net\/.* \[.*\], got net\/.* \[.*\]$/,
  });
});

test("a run that was killed before its first checkpoint starts again when it is resumed", async () => {
  const { runDir, checkpoint, bytes } = await oneStep("early kill");
  const folder = join(runDir, "checkpoints");
  await rm(folder, { recursive: true });
  await train(config, { runDir, resume: true });
  const tensors = (await readCheckpoint(checkpoint)).tensors.get("head")?.data as Float32Array;
  assert.ok(bytes.includes(Buffer.from(tensors.buffer, tensors.byteOffset, tensors.byteLength)));
});

test("what a killed process left half written is removed; files of others stay", async () => {
  const { runDir } = await oneStep("leftovers");
  const ours = [
    "checkpoints/.step-000002.safetensors.0a1b2c3d.tmp",
    ".model.safetensors.0a1b2c3d.tmp",
    ".config.json.0a1b2c3d.tmp",
    ".flight-000003.json.0a1b2c3d.tmp",
  ];
  const others = [".notes.0a1b2c3d.tmp", "checkpoints/mine.tmp"];
  for (const name of [...ours, ...others]) await writeFile(join(runDir, name), "half");
  await train({ ...config, maxNrofEpochs: 2 }, { runDir, resume: true });
  const left = [...(await readdir(runDir)), ...(await readdir(join(runDir, "checkpoints")))];
  assert.deepEqual(left.filter((name) => name.endsWith(".tmp")).sort(), [".notes.0a1b2c3d.tmp", "mine.tmp"]);
});

test("a folder that cannot be made ready is free again at once", async () => {
  const runDir = join(dir, "not ready");
  await mkdir(join(runDir, ".model.safetensors.0a1b2c3d.tmp"), { recursive: true });
  await assert.rejects(train(config, { runDir }), /\.model\.safetensors\.0a1b2c3d\.tmp/);
  assert.deepEqual((await readdir(runDir)).sort(), [".model.safetensors.0a1b2c3d.tmp", "checkpoints"]);
});

test("a config of another version, and one that is no JSON, are refused in one line", async () => {
  const runDir = join(dir, "other version");
  await mkdir(runDir);
  const file = join(runDir, "config.json");
  await writeFile(file, JSON.stringify({ ...config, warpFactor: 9 }));
  await assert.rejects(readRunConfig(runDir), {
    name: "ConfigError",
    message:
      /^Cannot read the config of run .*: expected .* as amface train writes it, got .*no option warpFactor.*$/,
  });
  await writeFile(file, "{");
  await assert.rejects(readRunConfig(runDir), { name: "ConfigError", message: /^Cannot read the config.*$/ });
});

test("a run that goes on with another engine says so, and one whose config this version does not know is refused", async () => {
  const runDir = join(dir, "engines");
  const { checkpoint } = await train(config, { runDir, engine: "onnx:cpu" });
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  for (const engine of ["onnx:cpu", "onnx:cuda"]) {
    await train({ ...config, maxNrofEpochs: 2 }, { runDir, resume: true, engine, onWarning });
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /^The run goes on with onnx:cuda, after 2 steps with onnx:cpu: from here on/);
  const newest = checkpoint.replace("000001", "000002");
  const text = (await readFile(newest)).toString("latin1");
  await writeFile(newest, text.replace("skipCorrupt", "skipCOrrupt"), "latin1");
  await assert.rejects(train({ ...config, maxNrofEpochs: 2 }, { runDir, resume: true }), {
    name: "CheckpointError",
    message:
      /^Cannot resume from .*: expected a checkpoint of this version of amface, got one with another config \(.*no option skipCOrrupt/,
  });
});
