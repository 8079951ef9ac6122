// Trains in several processes under mpirun and kills a random one of them again and again, each time resumed by another
// number of processes, and compares what comes of it with a training in one process that nobody disturbed: model,
// checkpoint and metrics, bit for bit.
//
//   bun test/programs/kill-processes.ts --kills 30
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { generateFaces, Random } from "@amface/data";
import { createNet, saveNet } from "@amface/nets";
import "@amface/tfjs-backend-onnx";
import type { TrainConfigInput } from "@amface/train";
import { MPI_ENVIRONMENT, mpirun } from "../../packages/mpi/test/mpirun.ts";
import { processOfRank } from "../process-of-rank.ts";
import { lastStep, runHash } from "../run-hash.ts";

/** What came of the kills; printed as JSON. */
export interface KilledProcesses {
  readonly kills: number;
  /** The most seconds from a kill to the end of all processes. */
  readonly longestEnd: number;
  /** Kills whose process the launcher named. */
  readonly named: number;
  /** How many processes each session had. */
  readonly sessions: readonly number[];
  readonly finishedRuns: number;
  /** SHA-256 of the undisturbed run, and of the others where they differ. */
  readonly hashes: readonly string[];
}

const MAIN = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const MOST = 5;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "16" },
  },
});
const maxSteps = Number(values.steps);
/** All that a run may have to remember, and a loss that explodes. */
const config: Omit<TrainConfigInput, "dataDir"> = {
  ...{ net: "resface-small", imageSize: [32, 32], embeddingSize: 32, keepProbability: 0.7 },
  ...{ batchSize: 12, accumulateSteps: 6, epochSize: 7, maxSteps, seed: 5 },
  ...{ augment: { brightness: 0.2, cropJitter: 2 }, loss: "adaface", centerLossFactor: 0.01 },
  ...{ optimizer: "adam", clipNorm: 50, emaDecay: 0.9, learningRate: 0.002 },
  ...{ checkpointSteps: 2, checkpointsKept: 2, validationIdentities: 4 },
  ...{ teacherWeight: 2, unlabelledBatchSize: 6 },
};

const dir = await mkdtemp(join(tmpdir(), "amface-kills-"));
try {
  await generateFaces(join(dir, "faces"), { identities: 9, photos: 7, size: 32, seed: 3 });
  await generateFaces(join(dir, "unlabelled"), { identities: 3, photos: 3, size: 32, seed: 4 });
  const places = {
    dataDir: join(dir, "faces"),
    unlabelledDir: join(dir, "unlabelled"),
    teacher: join(dir, "teacher"),
  };
  const teacher = createNet("resface-small", { imageSize: [32, 32], embeddingSize: 32, seed: 9 });
  await saveNet(teacher, places.teacher);
  await writeFile(join(dir, "config.json"), JSON.stringify({ ...config, ...places }));
  const outcome = await killAndCompare(Number(values.kills), new Random("kills", Number(values.seed)));
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exitCode = new Set(outcome.hashes).size === 1 ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function killAndCompare(kills: number, random: Random): Promise<KilledProcesses> {
  const straight = join(dir, "straight");
  await session(straight, 1);
  const hashes = [await runHash(straight, maxSteps)];
  const counts = { kills: 0, longestEnd: 0, named: 0, finishedRuns: 0 };
  const sessions: number[] = [];
  while (counts.kills < kills || counts.finishedRuns === 0) {
    const runDir = join(dir, `run${counts.finishedRuns}`);
    for (;;) {
      const processes = 1 + random.int(MOST);
      sessions.push(processes);
      const victim = random.int(processes);
      // At its start, in the midst of a step or a checkpoint.
      const kill = { victim, steps: random.int(3), after: 500 * random.next() };
      const killed = await session(runDir, processes, counts.kills < kills ? kill : undefined);
      if (!killed) break;
      counts.kills++;
      counts.longestEnd = Math.max(counts.longestEnd, killed.seconds);
      if (killed.named) counts.named++;
      process.stderr.write(`${JSON.stringify(counts)} step ${await lastStep(runDir)}\n`);
    }
    counts.finishedRuns++;
    hashes.push(await runHash(runDir, maxSteps));
    await rm(runDir, { recursive: true });
  }
  return { ...counts, sessions, hashes: [...new Set(hashes)] };
}

interface Kill {
  /** The process to kill. */
  readonly victim: number;
  /** Steps that the session makes before, and milliseconds after the last of them. */
  readonly steps: number;
  readonly after: number;
}

/**
 * Trains from where the run stands.
 *
 * @returns `undefined` where it came to its end before the kill.
 * @throws {Error} When it failed by itself.
 */
async function session(
  runDir: string,
  processes: number,
  kill?: Kill,
): Promise<{ seconds: number; named: boolean } | undefined> {
  const where = existsSync(join(runDir, "config.json"))
    ? ["--resume", runDir]
    : ["--run-dir", runDir, "--config", join(dir, "config.json")];
  const train = ["train", "--engine", "onnx", "--threads", "1", "--quiet", ...where];
  const [command, args] = mpirun(processes, MAIN, ...train);
  const child = spawn(command, args, {
    ...{ stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...MPI_ENVIRONMENT } },
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  let killed: { at: number; pid: number } | undefined;
  if (kill) {
    const from = await lastStep(runDir);
    while (child.exitCode === null && (await lastStep(runDir)) < from + kill.steps) await setTimeout(20);
    await setTimeout(kill.after);
    const pid = child.exitCode === null ? processOfRank(child.pid as number, kill.victim) : undefined;
    if (pid !== undefined) {
      process.kill(pid, "SIGKILL");
      killed = { at: performance.now(), pid };
    }
  }
  const status = await ended;
  if (!killed) {
    if (status !== 0) throw new Error(`The training failed: ${said}`);
    return undefined;
  }
  const named = said.includes(`rank ${kill?.victim} with PID`) || said.includes(`PID ${killed.pid} `);
  return { seconds: (performance.now() - killed.at) / 1000, named };
}
