import { join } from "node:path";
import type { ScoresObserver } from "../evaluation/scores-observer.ts";
import type { ObservedRun, RunObserver } from "../run/run-observer.ts";
import type { EpochMetrics } from "../step/step-metrics.ts";
import type { SummaryValue } from "./encode-event.ts";
import { EventFile } from "./event-file.ts";
import { sessionEnd, sessionStart } from "./hparams.ts";

/**
 * Makes a run a row of TensorBoard's HParams dashboard: its options, and what it scores. In a folder of events of their own, since
 * the dashboard takes all scalars of a folder for columns, and there are hundreds of others.
 */
export class HparamsObserver implements RunObserver {
  readonly name = "hparams";
  readonly #scores: ScoresObserver;
  #run: ObservedRun | undefined;
  #file: EventFile | undefined;

  /** @param scores The observer that evaluates; it must come before this one. */
  constructor(scores: ScoresObserver) {
    this.#scores = scores;
  }

  async start(run: ObservedRun): Promise<void> {
    await this.#file?.close();
    this.#run = run;
    const { step } = run.state;
    this.#file = await EventFile.open(join(run.run.tensorboard, "hparams"), step);
    await this.#file.write(step, [sessionStart(run.config, Date.now() / 1000)]);
  }

  async onEpoch({ step, crossEntropy }: EpochMetrics): Promise<void> {
    const scores = this.#scores.history.at(-1);
    const { validation, tests = {} } = scores?.step === step ? scores : {};
    const sets = Object.entries({ ...(validation && { validation }), ...tests });
    const isLast = step >= this.#run!.totalSteps || this.#scores.ends();
    await this.#file!.write(step, [
      { tag: "train/cross-entropy", scalar: crossEntropy },
      ...sets.flatMap(([name, { accuracy, auc }]): SummaryValue[] => [
        { tag: `${name}/accuracy`, scalar: accuracy.mean },
        { tag: `${name}/AUC`, scalar: auc },
      ]),
      // A run that stops before goes on one day: it has not ended.
      ...(isLast ? [sessionEnd(Date.now() / 1000)] : []),
    ]);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
