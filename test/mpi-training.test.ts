import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { generateFaces } from "@amface/data";
import { writePng } from "@amface/images";
import { MPI_ENVIRONMENT, mpirun, withoutMpi } from "../packages/mpi/test/mpirun.ts";
import { processOfRank } from "./process-of-rank.ts";
import type { KilledProcesses } from "./programs/kill-processes.ts";
import { lastStep, runHash } from "./run-hash.ts";
import { slow } from "./slow.ts";

const MAIN = join(import.meta.dirname, "..", "packages", "cli", "src", "main.ts");
const SLOW = { skip: withoutMpi() || (!slow() && "slow: run with AMFACE_SLOW=1"), timeout: 600_000 };
const STEPS = 4;

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-mpi-"));
  await generateFaces(join(dir, "faces"), { identities: 5, photos: 8, size: 32, seed: 3 });
  const config = {
    ...{ dataDir: join(dir, "faces"), net: "resface-small", imageSize: [32, 32], embeddingSize: 16 },
    ...{ batchSize: 32, accumulateSteps: 16, maxSteps: STEPS, keepProbability: 0.8, seed: 5 },
  };
  await writeFile(join(dir, "config.json"), JSON.stringify(config));
});
after(() => rm(dir, { recursive: true, force: true }));

/** `amface train` in so many processes, into the run's folder `name`. */
function start(processes: number, name: string, ...more: string[]) {
  const where = ["--config", join(dir, "config.json"), "--run-dir", join(dir, name)];
  const train = ["train", "--engine", "onnx", "--threads", "1", ...where, ...more];
  const [command, args] = mpirun(processes, MAIN, ...train);
  const child = spawn(command, args, { env: { ...process.env, ...MPI_ENVIRONMENT } });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise<{ status: number | null; said: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, said }));
  });
  return { child, ended };
}

test("mpirun amface train gives the same bits in 1, 2, 4, 8 and 16 processes", SLOW, async () => {
  const hashes: string[] = [];
  for (const processes of [1, 2, 4, 8, 16]) {
    const { status, said } = await start(processes, `in-${processes}`, "--quiet").ended;
    assert.equal(status, 0, said);
    hashes.push(await runHash(join(dir, `in-${processes}`), STEPS));
  }
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
});

test("mpirun amface train --head sharded gives the same bits in 1, 2 and 4 processes", SLOW, async () => {
  const hashes: string[] = [];
  for (const processes of [1, 2, 4]) {
    const run = start(
      processes,
      `sharded-${processes}`,
      "--head",
      "sharded",
      "--accumulate-steps",
      "4",
      "--quiet",
    );
    const { status, said } = await run.ended;
    assert.equal(status, 0, said);
    hashes.push(await runHash(join(dir, `sharded-${processes}`), STEPS));
  }
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
});

test(
  "a training whose processes are killed and resumed in other numbers ends as if nobody had disturbed it",
  SLOW,
  async () => {
    const program = join(import.meta.dirname, "programs", "kill-processes.ts");
    const args = ["--conditions=@amface/source", program, "--kills", "3", "--steps", "6"];
    const child = spawn(process.execPath, args);
    let [out, said] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    await new Promise((resolve) => child.on("close", resolve));
    assert.match(out, /^\{/, said);
    const { kills, named, longestEnd, hashes } = JSON.parse(out) as KilledProcesses;
    assert.deepEqual([kills, named, hashes.length], [3, 3, 1], out);
    assert.ok(longestEnd < 10, out);
  },
);

for (const [what, signal, target] of [
  ["SIGTERM to one process", "SIGTERM", (launcher: number) => processOfRank(launcher, 1)],
  ["SIGUSR2 to mpirun, which passes it on,", "SIGUSR2", (launcher: number) => launcher],
] as const) {
  test(`${what} saves the run and ends it in all processes`, SLOW, async () => {
    const runDir = join(dir, signal);
    const { child, ended } = start(2, signal, "--max-steps", "1000");
    while (child.exitCode === null && (await lastStep(runDir)) < 2) await setTimeout(50);
    process.kill(target(child.pid as number) as number, signal);
    const { status, said } = await ended;
    const made = await lastStep(runDir);
    assert.equal(status, 1, said);
    assert.ok(made >= 2 && made < 1000, said);
    assert.match(said, new RegExp(`Stopped after step ${made}; go on with: amface train --resume`));
    const name = `step-${String(made).padStart(6, "0")}.safetensors`;
    assert.ok(existsSync(join(runDir, "checkpoints", name)), said);
    assert.ok(!existsSync(join(runDir, "run.lock")), said);
  });
}

test("what one process cannot read ends all of them with its message", SLOW, async () => {
  const photo = join(dir, "faces", "face00000", "larger.png");
  await writePng(photo, { data: new Uint8Array(40 * 40 * 3), width: 40, height: 40 });
  const { status, said } = await start(3, "bad-photo").ended;
  await rm(photo);
  assert.equal(status, 1, said);
  assert.match(said, /amface train: Cannot .*larger\.png.*32x32.*40x40/);
});

test("a disk that fills ends all processes with the writer's message", SLOW, async (t) => {
  const disk = join(dir, "small");
  await mkdir(disk);
  // Two checkpoints of 2.3 MB.
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=6000k", "tmpfs", disk]).status !== 0)
    return t.skip("cannot mount a small disk here");
  t.after(() => spawnSync("umount", [disk]));
  const { status, said } = await start(2, "small/run", "--checkpoint-steps", "1", "--checkpoints-kept", "9")
    .ended;
  assert.equal(status, 1, said);
  assert.match(said, /amface train: Cannot write .*step-.*no space left on device.*resume the run/i);
  assert.ok((await lastStep(join(disk, "run"))) >= 1, said);
});

test(
  "processes that cannot share the batch are refused, and --no-mpi trains in each alone",
  SLOW,
  async () => {
    const { status, said } = await start(2, "refused", "--accumulate-steps", "1").ended;
    assert.equal(status, 2, said);
    assert.match(
      said,
      /Cannot train in 2 processes: expected accumulateSteps of as many micro-batches or more, got 1/,
    );
    const alone = await start(1, "alone", "--accumulate-steps", "1", "--no-mpi").ended;
    assert.equal(alone.status, 0, alone.said);
    assert.doesNotMatch(alone.said, /processes of/);
  },
);
