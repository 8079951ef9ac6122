import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type DistanceTable, readDistances } from "@amface/lfw-eval";
import type { TrainConfig } from "../config/train-config.ts";
import type { TrainingPoint } from "../evaluation/run-figures.ts";
import { type RunScores, runScores } from "../evaluation/run-scores.ts";
import type { EpochScores } from "../evaluation/score.ts";
import type { TrainSummary } from "../evaluation/train-summary.ts";
import { readMetrics } from "../run/metrics-log.ts";
import { readRunConfig, readRunJson, runFolder } from "../run/run-folder.ts";

/** What a run's folder says of it. */
export interface RunRecord {
  readonly path: string;
  readonly config: TrainConfig;
  readonly points: readonly TrainingPoint[];
  /** The scores of every evaluated epoch, oldest first. */
  readonly history: readonly EpochScores[];
  readonly scores: RunScores | undefined;
  /** What came of it, once a session has ended. */
  readonly summary: Pick<TrainSummary, "steps" | "seconds" | "imagesPerSecond" | "finished"> | undefined;
  /** Tables of distances that `amface eval --report` left in the folder or one level below, by the name of theirs. */
  readonly distances: ReadonlyMap<string, DistanceTable>;
}

/**
 * Reads a run, finished or not; nothing is written.
 *
 * @throws {ConfigError} Where the folder holds no run.
 * @throws {DistanceTableError} Where a table of distances does not keep its form.
 */
export async function readRun(path: string): Promise<RunRecord> {
  const run = runFolder(path);
  const config = await readRunConfig(path);
  const history = (await readRunJson<EpochScores[]>(run.scores)) ?? [];
  return {
    ...{ path, config, history, scores: runScores(history) },
    points: await readMetrics(run.metrics),
    summary: await readRunJson(run.summary),
    distances: await distancesIn(path),
  };
}

async function distancesIn(path: string): Promise<Map<string, DistanceTable>> {
  const FILE = "distances.csv";
  const tables = new Map<string, DistanceTable>();
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of ["", ...folders.sort()]) {
    const names = name === "" ? entries.map((entry) => entry.name) : await readdir(join(path, name));
    if (names.includes(FILE)) tables.set(name, await readDistances(join(path, name, FILE)));
  }
  return tables;
}
