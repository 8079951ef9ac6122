import type { SkippedPhoto, SkippedRecord } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import type { RunFolder } from "../run/run-folder.ts";
import type { ObservedRun, RunObserver } from "../run/run-observer.ts";
import type { EpochMetrics } from "../step/step-metrics.ts";
import { type PairSet, VALIDATION } from "./pair-set.ts";
import { chosenOf, type EpochScores, hasStalled, type Score } from "./score.ts";
import { scorePairs } from "./score-pairs.ts";

export interface ScoresObserverOptions {
  /** People held out of the training, by whom the net is chosen. */
  readonly validation?: PairSet | undefined;
  /** Sets that are watched and choose nothing. */
  readonly tests: readonly PairSet[];
  /** Where `scores.json` goes. */
  readonly run: RunFolder;
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
  /** Called after every evaluation. */
  readonly onScores?: ((scores: EpochScores) => void | Promise<void>) | undefined;
}

/**
 * Evaluates the net at the ends of epochs, remembers every score in the checkpoints, and keeps the checkpoint that
 * validation chooses. With `patience` it ends the run where the scores no longer rise.
 */
export class ScoresObserver implements RunObserver {
  readonly name = "scores";
  readonly #options: ScoresObserverOptions;
  #run: ObservedRun | undefined;
  #history: EpochScores[] = [];

  constructor(options: ScoresObserverOptions) {
    this.#options = options;
  }

  /** All scores of the run, oldest first. */
  get history(): readonly EpochScores[] {
    return this.#history;
  }

  /** The state that validation chose. */
  get chosen(): EpochScores | undefined {
    return this.#options.validation && chosenOf(this.#history);
  }

  /** Whether the last evaluations, as many as the config's patience, were no better than one before them. */
  ends(): boolean {
    const patience = this.#run?.config.patience;
    return patience !== undefined && hasStalled(this.#history, patience);
  }

  async start(run: ObservedRun, saved: unknown): Promise<void> {
    this.#run = run;
    this.#history = [...((saved as EpochScores[] | undefined) ?? [])];
    if (this.#sets.length > 0) await this.#write();
  }

  async onEpoch({ step, epoch }: EpochMetrics): Promise<void> {
    const { config, state, totalSteps } = this.#run!;
    const done = epoch + 1;
    if (done % config.evaluationEpochs !== 0 && step < totalSteps) return;
    const { onSkip, onScores } = this.#options;
    if (this.#sets.length === 0) return;
    const start = performance.now();
    const byName: Record<string, Score> = {};
    for (const set of this.#sets) {
      const { lfwBatchSize: batchSize, skipCorrupt, seed } = config;
      byName[set.name] = await scorePairs(state.evaluated, set, {
        batchSize,
        skipCorrupt,
        seed,
        ...(onSkip && { onSkip }),
      });
    }
    const { [VALIDATION]: chosenBy, ...others } = byName;
    const seconds = (performance.now() - start) / 1000;
    const scores = { step, epoch: done, ...(chosenBy && { validation: chosenBy }), tests: others, seconds };
    this.#history.push(scores);
    await this.#write();
    await onScores?.(scores);
  }

  get #sets(): readonly PairSet[] {
    const { validation, tests } = this.#options;
    return validation === undefined ? tests : [validation, ...tests];
  }

  async #write(): Promise<void> {
    await writeFileAtomic(this.#options.run.scores, `${JSON.stringify(this.#history, null, 1)}\n`);
  }

  save(): readonly EpochScores[] | undefined {
    return this.#history.length > 0 ? this.#history : undefined;
  }

  pinned(): readonly number[] {
    return this.chosen === undefined ? [] : [this.chosen.step];
  }
}
