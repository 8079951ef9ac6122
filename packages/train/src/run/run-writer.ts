import type { StreamBatch } from "@amface/data";
import type { StepMetrics, StepRecord } from "../step/step-metrics.ts";
import type { TrainState } from "../step/train-state.ts";
import { batchDigest } from "./batch-digest.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import type { Progress, Rewind, RunFacts } from "./checkpoint-info.ts";
import { MetricsLog } from "./metrics-log.ts";
import type { RunFolder } from "./run-folder.ts";
import type { RunLock } from "./run-lock.ts";
import type { RunObservers } from "./run-observer.ts";

/** What a writer writes of, and where. */
export interface WrittenRun {
  readonly run: RunFolder;
  readonly state: TrainState;
  readonly facts: RunFacts;
  readonly lock: RunLock;
  readonly rewinds: readonly Rewind[];
  /** The checkpoint that the run goes on from. */
  readonly from: { readonly step: number; readonly path: string; readonly interim: boolean } | undefined;
  readonly observers: RunObservers;
  /** Has all processes write their blocks of a sharded head; gives the SHA-256 of each, none where it is not sharded. */
  readonly saveHead: (step: number) => Promise<readonly string[] | undefined>;
}

interface SavedCheckpoint {
  readonly path: string;
  readonly isNew: boolean;
  readonly head?: readonly string[];
}

/** Writes what a session adds to its run's folder while it trains. */
export class RunWriter {
  readonly #written: WrittenRun;
  readonly #log: MetricsLog;
  #interim: number | undefined;
  /** The newest checkpoint. One that is there for more than a stop must not become an interim one. */
  #saved: WrittenRun["from"];

  private constructor(written: WrittenRun, log: MetricsLog) {
    this.#written = written;
    this.#log = log;
    this.#saved = written.from;
    this.#interim = written.from?.interim ? written.from.step : undefined;
  }

  /** Opens a run that stands at the state's step. */
  static async open(written: WrittenRun): Promise<RunWriter> {
    return new RunWriter(written, await MetricsLog.open(written.run.metrics, written.state.step));
  }

  /** The steps of earlier sessions. */
  get earlier(): readonly StepRecord[] {
    return this.#log.earlier.map(({ photos: _, ...record }) => record);
  }

  async log({ details: _, ...metrics }: StepMetrics, batch: StreamBatch): Promise<void> {
    const { dataDir } = this.#written.facts.config;
    await this.#log.append({ ...metrics, photos: batchDigest(batch, dataDir) });
  }

  /**
   * Saves a checkpoint, unless this step's is there already.
   *
   * @param interim Whether it is there only because the run is stopped, or is about to evaluate.
   * @returns Its path, whether it is new, and if so the SHA-256 of each block of a sharded head.
   */
  async save(progress: Progress, interim = false): Promise<SavedCheckpoint> {
    const saved = this.#saved;
    if (saved?.step === progress.step && !saved.interim) return { path: saved.path, isNew: false };
    const { run, state, facts, lock, rewinds, observers, saveHead } = this.#written;
    await lock.check();
    await this.#log.sync();
    const head = await saveHead(progress.step);
    const more = { ...(head && { head }), ...(interim && { interim }) };
    const info = { ...facts, progress, rewinds, observers: observers.save(), ...more };
    const path = await saveCheckpoint(run.checkpoints, state, info, {
      kept: facts.config.checkpointsKept,
      pinned: observers.pinned(),
      interim: this.#interim,
    });
    this.#interim = interim ? progress.step : undefined;
    this.#saved = { step: progress.step, path, interim };
    return { path, isNew: true, ...(head && { head }) };
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}
