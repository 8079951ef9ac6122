import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { generateFaces } from "@amface/data";
import { listCheckpoints, readCheckpoint, readRunConfig } from "@amface/train";
import type { KilledTraining } from "./programs/kill-training.ts";
import { slow } from "./slow.ts";

const MAIN = join(import.meta.dirname, "..", "packages", "cli", "src", "main.ts");
const SLOW = { skip: slow() ? false : "slow: run with AMFACE_SLOW=1", timeout: 300_000 };

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-stop-"));
  const dataDir = join(dir, "faces");
  await generateFaces(dataDir, { identities: 4, photos: 6, size: 32, seed: 3 });
  const config = {
    dataDir,
    net: "resface-small",
    imageSize: [32, 32],
    embeddingSize: 16,
    batchSize: 8,
    maxSteps: 100_000,
    epochSize: 1000,
    learningRate: 0.001,
  };
  await writeFile(join(dir, "config.json"), JSON.stringify(config));
});
after(() => rm(dir, { recursive: true, force: true }));

interface Session {
  readonly child: ChildProcess;
  /** What it wrote on standard error so far. */
  said(): string;
  readonly ended: Promise<{ status: number | null; signal: string | null }>;
}

function start(...args: string[]): Session {
  const node = ["--conditions=@amface/source", MAIN, "train", "--engine", "onnx", ...args];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = once(child, "close").then(([status, signal]) => ({ status, signal }));
  return { child, said: () => said, ended };
}

const begin = (runDir: string) => start("--config", join(dir, "config.json"), "--run-dir", runDir);

/** The last step that the run's metrics tell of. */
async function lastStep(runDir: string): Promise<number> {
  const text = await readFile(join(runDir, "metrics.jsonl"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

/** Waits until the run has made steps up to this one. */
async function reach(runDir: string, step: number, { child, said }: Session): Promise<void> {
  while ((await lastStep(runDir)) < step) {
    assert.equal(child.exitCode, null, said());
    await setTimeout(20);
  }
}

const newest = async (runDir: string) =>
  await readCheckpoint((await listCheckpoints(join(runDir, "checkpoints"))).at(-1) as string);

for (const [what, kills, more] of [
  ["a training", 4, []],
  ["a training with a sampled head", 2, ["--sample-rate", "0.8"]],
] as const) {
  test(
    `${what}, killed at random moments and in the middle of writes, ends as if nobody had disturbed it`,
    SLOW,
    async () => {
      const program = join(import.meta.dirname, "programs", "kill-training.ts");
      const args = ["--kills", `${kills}`, "--steps", "16", ...more];
      const child = spawn(process.execPath, ["--conditions=@amface/source", program, ...args]);
      let out = "";
      let said = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      child.stderr.on("data", (chunk) => (said += chunk));
      await once(child, "close");
      assert.match(out, /^\{/, said);
      const ended = JSON.parse(out) as KilledTraining;
      assert.equal(ended.kills, kills);
      assert.ok(ended.finishedRuns >= 1, out);
      assert.equal(ended.hashes.length, 1, out);
    },
  );
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends a training after its step, with a checkpoint and how to go on`, SLOW, async () => {
    const runDir = join(dir, signal);
    const session = begin(runDir);
    await reach(runDir, 3, session);
    session.child.kill(signal);
    assert.deepEqual(await session.ended, { status: 1, signal: null });
    const { step } = (await newest(runDir)).info.progress;
    assert.ok(step >= 3);
    assert.equal(await lastStep(runDir), step);
    assert.match(session.said(), /Stopping; what is finished is kept\. Press Ctrl-C again to stop at once/);
    assert.ok(
      session.said().includes(`Stopped after step ${step}; go on with: amface train --resume ${runDir}`),
      session.said(),
    );
    assert.ok(!(await readdir(runDir)).includes("run.lock"));
  });
}

test(
  "a run has one process at a time; a second is refused, readers are not, and a kill frees it",
  SLOW,
  async () => {
    const runDir = join(dir, "shared");
    const first = begin(runDir);
    await reach(runDir, 2, first);
    const second = start("--resume", runDir);
    assert.equal((await second.ended).status, 1);
    assert.match(
      second.said(),
      new RegExp(
        `^amface train: Cannot train in .*shared: expected a run that nobody is training, but process ${first.child.pid} on .* is; wait for it`,
        "m",
      ),
    );
    assert.equal((await readRunConfig(runDir)).batchSize, 8);
    assert.equal((await newest(runDir)).info.progress.step, 0);
    assert.equal(first.child.exitCode, null);
    first.child.kill("SIGKILL");
    await first.ended;
    assert.ok((await readdir(runDir)).includes("run.lock"));

    const third = start("--resume", runDir);
    const before = await lastStep(runDir);
    while ((await lastStep(runDir)) >= before) await setTimeout(10); // the steps after its checkpoint are dropped
    await reach(runDir, 2, third);
    third.child.kill("SIGINT");
    await setTimeout(5);
    third.child.kill("SIGINT"); // at once
    const { status } = await third.ended;
    assert.ok(status === 130 || status === 1, `${status}: ${third.said()}`);
    for (const path of await listCheckpoints(join(runDir, "checkpoints"))) await readCheckpoint(path);
  },
);
