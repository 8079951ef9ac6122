import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { listCheckpoints, readCheckpoint, type TrainConfigInput, train } from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 5, {
    epochSize: 2,
    maxNrofEpochs: 4,
    learningRate: 0.002,
    checkpointsKept: 9,
    tensorboard: false,
  }));
});
after(() => remove());

const skip =
  process.platform !== "linux" || process.getuid?.() !== 0 ? "needs root, to mount a small disk" : false;

/** A disk of so many KiB under a name, until the test ends; `remount` changes its options. */
async function smallDisk(t: TestContext, name: string, kib: number) {
  const disk = join(dir, name);
  await mkdir(disk);
  const mount = (options: string) => spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]).status;
  if (mount(`size=${kib}k`) !== 0) return undefined;
  t.after(() => spawnSync("umount", [disk]));
  return { disk, remount: (options: string) => assert.equal(mount(`remount,${options}`), 0) };
}

/** Losses and weights of a run. */
async function outcome(runDir: string) {
  const newest = (await listCheckpoints(join(runDir, "checkpoints"))).at(-1) as string;
  const losses = (await readFile(join(runDir, "metrics.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => (({ step, loss }) => [step, loss])(JSON.parse(line)));
  return { losses, tensors: (await readCheckpoint(newest)).tensors };
}

test("a full disk ends a run with the last checkpoint whole, and with room it goes on as if nothing had been", {
  skip,
}, async (t) => {
  const straight = join(dir, "straight");
  await train(config, { runDir: straight });
  const small = await smallDisk(t, "small", 8_000); // three checkpoints of 2.3 MB
  if (small === undefined) return t.skip("cannot mount a small disk here");
  const runDir = join(small.disk, "run");
  await assert.rejects(train(config, { runDir }), {
    name: "WriteError",
    message:
      /^Cannot write .*step-00000[246]\.safetensors: .*no space left on device.*; the checkpoint of step [024] is whole: make room on the disk and resume the run$/i,
  });
  for (const path of await listCheckpoints(join(runDir, "checkpoints"))) await readCheckpoint(path);
  const left = [...(await readdir(runDir)), ...(await readdir(join(runDir, "checkpoints")))];
  assert.deepEqual(
    left.filter((name) => /tmp|lock/.test(name)),
    [],
  );
  small.remount("size=64m");
  const summary = await train(config, { runDir, resume: true });
  assert.equal(summary.finished, true);
  assert.deepEqual(await outcome(runDir), await outcome(straight));
});

test("a disk that fills under the metrics ends a run in the same way", { skip }, async (t) => {
  const small = await smallDisk(t, "fills", 16_000);
  if (small === undefined) return t.skip("cannot mount a small disk here");
  const runDir = join(small.disk, "run");
  const filler = join(small.disk, "filler");
  const onStep = async ({ step }: { step: number }) => {
    if (step === 3) await writeFile(filler, Buffer.alloc(16_000 * 1024)).catch(() => {});
  };
  await assert.rejects(train({ ...config, epochSize: 40 }, { runDir, onStep }), {
    name: "WriteError",
    message:
      /^Cannot write .*metrics\.jsonl: .*no space left.*; the checkpoint of step 0 is whole: make room/i,
  });
  await rm(filler);
  const stop = new AbortController();
  const steps: number[] = [];
  const goOn = ({ step }: { step: number }) => {
    steps.push(step);
    if (step === 5) stop.abort();
  };
  await train({ ...config, epochSize: 40 }, { runDir, resume: true, signal: stop.signal, onStep: goOn });
  assert.deepEqual(steps, [1, 2, 3, 4, 5]);
});

test("a read-only disk is refused before any step, for a new run and for one to resume", {
  skip,
}, async (t) => {
  const small = await smallDisk(t, "read-only", 64_000);
  if (small === undefined) return t.skip("cannot mount a small disk here");
  const runDir = join(small.disk, "run");
  await train({ ...config, maxNrofEpochs: 1 }, { runDir });
  small.remount("ro");
  const onStep = () => assert.fail("a step was made");
  await assert.rejects(train(config, { runDir, resume: true, onStep }), {
    name: "WriteError",
    message:
      /^Cannot write .*run\.lock: .*read-only file system.*; the checkpoint of step 2 is whole: make the disk writable and resume/i,
  });
  await assert.rejects(train(config, { runDir: join(small.disk, "new"), onStep }), {
    name: "WriteError",
    message: /^Cannot write .*new.*: .*read-only file system.*; make the disk writable and start again$/i,
  });
});
