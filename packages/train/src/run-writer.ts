import { type CheckpointInfo, type Progress, saveCheckpoint } from "./checkpoint.ts";
import { MetricsLog } from "./metrics-log.ts";
import type { RunFolder } from "./run-folder.ts";
import type { StepMetrics } from "./train-loop.ts";
import type { TrainState } from "./train-state.ts";

/** Writes what a session adds to its run's folder while it trains. */
export class RunWriter {
  readonly #run: RunFolder;
  readonly #state: TrainState;
  readonly #info: Omit<CheckpointInfo, "progress">;
  readonly #log: MetricsLog;
  #saved: { step: number; path: string } | undefined;

  private constructor(
    run: RunFolder,
    state: TrainState,
    info: Omit<CheckpointInfo, "progress">,
    log: MetricsLog,
  ) {
    this.#run = run;
    this.#state = state;
    this.#info = info;
    this.#log = log;
  }

  /** Opens a run that stands at the state's step. */
  static async open(
    run: RunFolder,
    state: TrainState,
    info: Omit<CheckpointInfo, "progress">,
  ): Promise<RunWriter> {
    return new RunWriter(run, state, info, await MetricsLog.open(run.metrics, state.step));
  }

  async log(metrics: StepMetrics): Promise<void> {
    await this.#log.append({ ...metrics });
  }

  /**
   * Saves a checkpoint, unless this step's is there already.
   *
   * @returns Its path, and whether it is new.
   */
  async save(progress: Progress): Promise<{ path: string; isNew: boolean }> {
    if (this.#saved?.step === progress.step) return { path: this.#saved.path, isNew: false };
    const { config } = this.#info;
    const info = { ...this.#info, progress };
    const path = await saveCheckpoint(this.#run.checkpoints, this.#state, info, config.checkpointsKept);
    this.#saved = { step: progress.step, path };
    return { path, isNew: true };
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}
