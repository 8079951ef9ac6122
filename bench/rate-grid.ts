/**
 * How near the rate that `findRate` suggests comes to the best of a grid: for each loss, trainings at rates that double, with
 * a cosine schedule, by the score on pairs of people who are held out, and range tests from the same seeds.
 *
 *     bun bench/rate-grid.ts [--losses am-softmax,arcface,softmax] [--seeds 1,2,3] [--from 0.003125] [--to 0.8] [--data-dir CROPS] [--json]
 *
 * Without `--data-dir` the people are generated. One thread, so that several can be started side by side.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { writePng } from "@amface/images";
import { findRate, type LossName, type RateCurve, readMetrics, runFolder, train } from "@amface/train";

const { values } = parseArgs({
  options: {
    losses: { type: "string", default: "am-softmax,arcface,softmax" },
    seeds: { type: "string", default: "1,2,3" },
    from: { type: "string", default: "0.00625" },
    to: { type: "string", default: "0.8" },
    steps: { type: "string", default: "250" },
    "batch-size": { type: "string", default: "16" },
    "held-out": { type: "string", default: "12" },
    "data-dir": { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seeds = values.seeds.split(",").map(Number);
const SIZE = { height: 20, width: 16 };

/** A rate's trainings: means over the seeds. */
interface GridRow {
  readonly rate: number;
  /** On pairs of people who are held out, after the last step. */
  readonly auc: number;
  /** Mean cross-entropy of the last tenth of the steps. */
  readonly loss: number;
  readonly aucs: readonly number[];
}

/** A loss's grid, and what the range tests say. */
interface LossResult {
  readonly loss: string;
  readonly grid: readonly GridRow[];
  readonly best: GridRow;
  readonly curves: readonly RateCurve[];
}

await useEngine("onnx", { threads: 1 });
const folder = await mkdtemp(join(tmpdir(), "amface-grid-"));
try {
  const dataDir = values["data-dir"] ?? (await drawPeople(join(folder, "crops"), 160, 20));
  const results: LossResult[] = [];
  for (const loss of values.losses.split(",") as LossName[]) results.push(await measure(loss, dataDir));
  if (values.json) console.log(JSON.stringify(results));
  else for (const result of results) print(result);
} finally {
  await rm(folder, { recursive: true });
}

async function drawPeople(dir: string, people: number, photos: number): Promise<string> {
  for (let person = 0; person < people; person++) {
    for (let photo = 0; photo < photos; photo++) {
      const { image, landmarks } = renderFace(person, photo, { size: 48, seed: 1 });
      await writePng(join(dir, `person${person}`, `${photo}.png`), alignFace(image, landmarks, SIZE));
    }
  }
  return dir;
}

async function measure(loss: LossName, dataDir: string): Promise<LossResult> {
  const config = {
    ...{ dataDir, loss, net: "resface-small" as const, imageSize: [SIZE.height, SIZE.width] as const },
    ...{ embeddingSize: 64, batchSize: Number(values["batch-size"]), maxSteps: Number(values.steps) },
    ...{ validationIdentities: Number(values["held-out"]), validationPairs: 1000, evaluationEpochs: 1000 },
    ...{ checkpointEpochs: 1000, tensorboard: false },
  };
  const curves: RateCurve[] = [];
  for (const seed of seeds) curves.push(await findRate({ ...config, seed }));
  const grid: GridRow[] = [];
  for (let rate = Number(values.from); rate <= 1.001 * Number(values.to); rate *= 2) {
    const runs: { auc: number; loss: number }[] = [];
    for (const seed of seeds) {
      const runDir = join(folder, `${loss}-${rate}-${seed}`);
      const schedule = { type: "cosine" } as const;
      const onDivergence = "stop";
      try {
        const { scores } = await train(
          { ...config, seed, learningRate: rate, schedule, onDivergence },
          { runDir },
        );
        const points = await readMetrics(runFolder(runDir).metrics);
        const last = points.slice(-Math.ceil(points.length / 10));
        const ce = last.reduce((sum, { crossEntropy }) => sum + crossEntropy, 0) / last.length;
        runs.push({ auc: scores?.last.validation?.auc ?? 0.5, loss: ce });
      } catch (error) {
        console.error(`${loss} ${rate} ${seed}: ${(error as Error).message.slice(0, 80)}`);
        runs.push({ auc: 0.5, loss: Number.POSITIVE_INFINITY });
      }
      await rm(runDir, { recursive: true, force: true });
    }
    const of = (key: "auc" | "loss") => runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
    grid.push({ rate, auc: of("auc"), loss: of("loss"), aucs: runs.map(({ auc }) => auc) });
    console.error(loss, JSON.stringify(grid.at(-1)));
  }
  const best = grid.reduce((a, b) => (b.auc > a.auc ? b : a));
  return { loss, grid, best, curves };
}

function print({ loss, grid, best, curves }: LossResult): void {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, load ${loadavg()[1].toFixed(1)}: ${loss}`,
  );
  for (const { rate, auc, loss: ce } of grid)
    console.log(
      `  ${rate}  AUC ${auc.toFixed(4)}  cross-entropy ${ce.toFixed(3)}${rate === best.rate ? "  best" : ""}`,
    );
  for (const [i, { suggestion, edge, lowest }] of curves.entries())
    console.log(
      `  seed ${seeds[i]}: suggested ${suggestion?.toPrecision(3)} (${((suggestion ?? Number.NaN) / best.rate).toFixed(2)} of the best), ` +
        `edge ${edge?.rate.toPrecision(3)}, lowest ${lowest?.rate.toPrecision(3)}`,
    );
}
