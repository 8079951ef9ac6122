/**
 * How near the rate that `findRate` suggests comes to the best of a grid: for each loss, trainings at rates that double, with
 * a cosine schedule, by the score on pairs of people who are held out, and range tests from as many seeds.
 *
 *     bun bench/rate-grid.ts [--losses am-softmax,arcface,softmax] [--seeds 1,2] [--from 0.00003125] [--to 0.064] [--data-dir CROPS] [--json]
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
    seeds: { type: "string", default: "1,2" },
    from: { type: "string", default: "0.00003125" },
    to: { type: "string", default: "0.064" },
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
  readonly curve: RateCurve;
}

await useEngine("onnx", { threads: 1 });
const folder = await mkdtemp(join(tmpdir(), "amface-grid-"));
try {
  const dataDir = values["data-dir"] ?? (await drawPeople(join(folder, "crops"), 36, 20));
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
  const curve = await findRate({ ...config, seed: seeds[0] }, { tests: seeds.length });
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
  return { loss, grid, curve };
}

function print({ loss, grid, curve }: LossResult): void {
  const { suggestion = Number.NaN, edge, lowest } = curve;
  const [surest, nearest] = [
    grid.reduce((a, b) => (b.auc > a.auc ? b : a)),
    grid.reduce((a, b) => (b.loss < a.loss ? b : a)),
  ];
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, load ${loadavg()[1].toFixed(1)}: ${loss}`,
  );
  for (const row of grid) {
    const best = [
      ...(row === surest ? ["best AUC"] : []),
      ...(row === nearest ? ["least cross-entropy"] : []),
    ];
    console.log(
      `  ${row.rate}  AUC ${row.auc.toFixed(3)}  cross-entropy ${row.loss.toFixed(2)}  ${best.join(", ")}`.trimEnd(),
    );
  }
  const times = (row: GridRow) => `${(suggestion / row.rate).toFixed(2)} ×`;
  console.log(
    `  suggested ${suggestion.toPrecision(2)}: ${times(surest)} the rate of the best AUC, ${times(nearest)} that of the least ` +
      `cross-entropy; the loss is lowest at ${lowest?.rate.toPrecision(2)} and rises from ${edge?.rate.toPrecision(2)} on`,
  );
}
