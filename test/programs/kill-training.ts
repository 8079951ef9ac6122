// Kills a training with SIGKILL again and again, by turns while it writes a checkpoint and at random moments, resumes
// it each time, and compares what comes of it with a training that nobody disturbed: weights, optimizer and metrics, bit for bit.
//
//   bun test/programs/kill-training.ts --kills 50
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateFaces, Random } from "@amface/data";
import { createNet, saveNet } from "@amface/nets";
import "@amface/tfjs-backend-onnx";
import type { TrainConfigInput } from "@amface/train";
import { lastStep, leftHalf, runHash } from "../run-hash.ts";

/** What came of the kills; printed as JSON. */
export interface KilledTraining {
  readonly kills: number;
  /** Kills that left a half-written checkpoint. */
  readonly duringWrites: number;
  /** Kills of a session that had not made a step. */
  readonly whileStarting: number;
  /** Runs that came to their end through all those kills. */
  readonly finishedRuns: number;
  /** Returns to earlier checkpoints of each run. */
  readonly rewinds: number;
  /** SHA-256 of the model, of the tensors and rewinds of the last checkpoint, and of the metrics: of the undisturbed run, and of the others where they differ. */
  readonly hashes: readonly string[];
  readonly seconds: number;
}

const MAIN = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "60" },
    "sample-rate": { type: "string" },
  },
});
/** All that a run may have to remember: slots, averages, centres, norms, dropout, augmentation, a teacher, scores, rewinds. */
const config: Omit<TrainConfigInput, "dataDir"> = {
  net: "resface-small",
  imageSize: [32, 32],
  embeddingSize: 32,
  batchSize: 8,
  epochSize: 7,
  maxSteps: Number(values.steps),
  keepProbability: 0.7,
  augment: { brightness: 0.2, cropJitter: 2 },
  loss: "adaface",
  centerLossFactor: 0.01,
  optimizer: "adam",
  clipNorm: 50,
  accumulateSteps: 2,
  emaDecay: 0.9,
  learningRateSchedule: "0: 0.002, 4: 5, 5: 0.002", // explodes in epoch 4
  checkpointSteps: 2,
  checkpointsKept: 2,
  validationIdentities: 4,
  teacherWeight: 2,
  unlabelledBatchSize: 4,
  onDivergence: "rewind",
  maxRewinds: 9,
  explosionFactor: 1.3,
  explosionSteps: 2,
  seed: 5,
  ...(values["sample-rate"] !== undefined && {
    sampleRate: Number(values["sample-rate"]),
    centerLossFactor: 0,
    optimizer: "nesterov",
    batchSize: 4,
  }),
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
  await saveNet(
    createNet("resface-small", { imageSize: [32, 32], embeddingSize: 32, seed: 9 }),
    places.teacher,
  );
  await writeFile(join(dir, "config.json"), JSON.stringify({ ...config, ...places }));
  const outcome = await killAndCompare(Number(values.kills), new Random("kills", Number(values.seed)));
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exitCode = new Set(outcome.hashes).size === 1 ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function killAndCompare(kills: number, random: Random): Promise<KilledTraining> {
  const start = performance.now();
  const straight = join(dir, "straight");
  await session(straight);
  const sessionSeconds = (performance.now() - start) / 1000;
  const hashes = [await runHash(straight, config.maxSteps as number)];
  const counts = { kills: 0, duringWrites: 0, whileStarting: 0, finishedRuns: 0 };
  for (let run = 0; counts.kills < kills || counts.finishedRuns === 0; run++) {
    const runDir = join(dir, `run${run}`);
    for (;;) {
      const before = await lastStep(runDir);
      const writing = counts.kills % 2 === 0;
      const after = writing ? 1 + random.int(3) : random.next() * 0.35 * sessionSeconds;
      const killed = counts.kills < kills ? await session(runDir, { writing, after }) : await session(runDir);
      if (!killed) break;
      counts.kills++;
      if (await leftHalf(runDir)) counts.duringWrites++;
      if ((await lastStep(runDir)) <= before) counts.whileStarting++;
      process.stderr.write(`${JSON.stringify(counts)} step ${await lastStep(runDir)} of run ${run}\n`);
    }
    counts.finishedRuns++;
    hashes.push(await runHash(runDir, config.maxSteps as number));
    process.stderr.write(
      `run ${run} ends ${hashes.at(-1) === hashes[0] ? "like" : "unlike"} the undisturbed one\n`,
    );
    await rm(runDir, { recursive: true });
  }
  const { rewinds = 0 } = JSON.parse(await readFile(join(straight, "train.json"), "utf8"));
  return { ...counts, rewinds, hashes: [...new Set(hashes)], seconds: (performance.now() - start) / 1000 };
}

interface Kill {
  /** At the sight of a temporary file of a checkpoint, the how manieth is `after`; or else after so many seconds. */
  readonly writing: boolean;
  readonly after: number;
}

/**
 * Trains in a process of its own, from where the run stands.
 *
 * @returns Whether it was killed, and did not come to its end before.
 * @throws {Error} When it failed by itself.
 */
async function session(runDir: string, kill?: Kill): Promise<boolean> {
  await mkdir(join(runDir, "checkpoints"), { recursive: true });
  const begun = (await readdir(runDir)).includes("config.json");
  const where = begun ? ["--resume", runDir] : ["--run-dir", runDir, "--config", join(dir, "config.json")];
  const args = ["--conditions=@amface/source", MAIN, "train", "--engine", "onnx", "--quiet", ...where];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const stop = kill === undefined ? () => {} : arm(runDir, kill, () => void child.kill("SIGKILL"));
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ended) => resolve(ended));
  });
  stop();
  if (signal !== "SIGKILL" && status !== 0) throw new Error(`The training failed: ${said}`);
  return signal === "SIGKILL";
}

/** Sees to it that the kill comes; the result calls it off. */
function arm(runDir: string, { writing, after }: Kill, kill: () => void): () => void {
  if (!writing) {
    const timer = setTimeout(kill, after * 1000);
    return () => clearTimeout(timer);
  }
  const seen = new Set<string>();
  const watcher = watch(join(runDir, "checkpoints"), (_, name) => {
    if (name?.endsWith(".tmp")) seen.add(name);
    if (seen.size >= after) kill();
  });
  return () => watcher.close();
}
