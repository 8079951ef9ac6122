import { type Progress, type RunFacts, saveCheckpoint } from "./checkpoint.ts";
import { MetricsLog } from "./metrics-log.ts";
import type { RunFolder } from "./run-folder.ts";
import type { RunObservers } from "./run-observer.ts";
import type { StepMetrics } from "./train-loop.ts";
import type { TrainState } from "./train-state.ts";

/** What a writer writes of, and where. */
export interface WrittenRun {
  readonly run: RunFolder;
  readonly state: TrainState;
  readonly facts: RunFacts;
  readonly observers: RunObservers;
}

/** Writes what a session adds to its run's folder while it trains. */
export class RunWriter {
  readonly #written: WrittenRun;
  readonly #log: MetricsLog;
  #saved: { step: number; path: string } | undefined;

  private constructor(written: WrittenRun, log: MetricsLog) {
    this.#written = written;
    this.#log = log;
  }

  /** Opens a run that stands at the state's step. */
  static async open(written: WrittenRun): Promise<RunWriter> {
    return new RunWriter(written, await MetricsLog.open(written.run.metrics, written.state.step));
  }

  /** The steps of earlier sessions. */
  get earlier(): readonly StepMetrics[] {
    return this.#log.earlier as unknown as readonly StepMetrics[];
  }

  async log({ details: _, ...metrics }: StepMetrics): Promise<void> {
    await this.#log.append(metrics);
  }

  /**
   * Saves a checkpoint, unless this step's is there already.
   *
   * @returns Its path, and whether it is new.
   */
  async save(progress: Progress): Promise<{ path: string; isNew: boolean }> {
    if (this.#saved?.step === progress.step) return { path: this.#saved.path, isNew: false };
    const { run, state, facts, observers } = this.#written;
    await this.#log.sync();
    const info = { ...facts, progress, observers: observers.save() };
    const kept = facts.config.checkpointsKept;
    const path = await saveCheckpoint(run.checkpoints, state, info, kept, observers.pinned());
    this.#saved = { step: progress.step, path };
    return { path, isNew: true };
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}
