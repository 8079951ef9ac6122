import type { StreamBatch } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import type { TrainConfig } from "../config/train-config.ts";
import type { StreamPosition } from "../photos/batch-stream.ts";
import type { Rewind } from "../run/checkpoint-info.ts";
import { json } from "../run/json.ts";
import { NonFiniteLossError } from "../step/non-finite-loss-error.ts";
import type { StepMetrics, StepRecord } from "../step/step-metrics.ts";
import {
  type Divergence,
  type ExplosionRule,
  explodedFrom,
  LossExplosionError,
  WINDOW,
} from "./divergence.ts";

/** A batch that a flight record names. */
export interface RecordedBatch {
  /** The step that it was used in. */
  readonly step: number;
  /** Its place in the stream of batches. */
  readonly at: StreamPosition;
  /** A photo without a label has -1 and no identity. */
  readonly photos: readonly { readonly photo: string; readonly label: number; readonly identity: string }[];
}

/** What a run leaves of a loss that has left its course. */
export interface FlightRecord {
  readonly error: string;
  readonly message: string;
  /** The step that failed. */
  readonly step: number;
  /** The batches of the last steps, the failed step's last; of an explosion, all in which the loss was too large. */
  readonly batches: readonly RecordedBatch[];
  /** Up to 50 steps before the failure, as in the metrics; of an explosion, with those in which it happened. */
  readonly steps: readonly StepRecord[];
  readonly rewinds: readonly Rewind[];
  readonly config: TrainConfig;
}

interface KeptBatch {
  readonly step: number;
  readonly at: StreamPosition;
  readonly labels: ArrayLike<number>;
  readonly sources: () => string[];
}

/** Keeps what is asked for when a loss leaves its course, and notices when it explodes. */
export class FlightRecorder {
  readonly #nameOf: (label: number) => string;
  readonly #rule: ExplosionRule;
  /** Steps in which margin and scale rise, and the loss with them. */
  readonly #settled: number;
  readonly #steps: StepRecord[] = [];
  readonly #batches: KeptBatch[] = [];

  /** @param nameOf An identity's name, asked for when a record is written. */
  constructor(
    nameOf: (label: number) => string,
    config: ExplosionRule & Pick<TrainConfig, "marginWarmupSteps" | "scaleWarmupSteps">,
  ) {
    this.#nameOf = nameOf;
    this.#rule = config;
    this.#settled = Math.max(config.marginWarmupSteps, config.scaleWarmupSteps);
  }

  /** Whether a batch was used. */
  get hasBatch(): boolean {
    return this.#batches.length > 0;
  }

  /** Takes note of the steps that earlier sessions made, oldest first. */
  recall(steps: readonly StepRecord[]): void {
    this.#steps.push(...steps.slice(-WINDOW - this.#rule.explosionSteps));
  }

  /** Takes note of the batch that `step` is about to use. */
  onBatch(step: number, { labels, sources }: StreamBatch, at: StreamPosition): void {
    this.#batches.push({ step, at, sources, labels: Array.from(labels.dataSync()) });
    if (this.#batches.length > this.#rule.explosionSteps) this.#batches.shift();
  }

  /** @throws {LossExplosionError} When the losses have left their course. */
  onStep({ details: _, ...metrics }: StepMetrics): void {
    this.#steps.push(metrics);
    if (this.#steps.length > WINDOW + this.#rule.explosionSteps) this.#steps.shift();
    const settled = this.#steps.filter(({ step }) => step > this.#settled);
    const median = explodedFrom(
      settled.map(({ loss }) => loss),
      this.#rule,
    );
    if (median !== undefined) throw new LossExplosionError(metrics.step, metrics.loss, median, this.#rule);
  }

  /**
   * The step that failed, and the batches that the blame falls on, with their steps: the last one, or those of all
   * steps in which the loss was too large.
   */
  failure(error: Divergence): { step: number; loss: number; blamed: { step: number; at: StreamPosition }[] } {
    const { step, at } = this.#batches[this.#batches.length - 1];
    if (!(error instanceof LossExplosionError)) {
      const loss = error instanceof NonFiniteLossError ? error.loss : Number.NaN;
      return { step, loss, blamed: [{ step, at }] };
    }
    const blamed = this.#steps.slice(-this.#rule.explosionSteps).map(({ step, pass, batchInPass }) => {
      return { step, at: { pass, batch: batchInPass } };
    });
    return { step, loss: error.loss, blamed };
  }

  /** Writes the record, whole. */
  async write(
    path: string,
    error: Divergence,
    config: TrainConfig,
    rewinds: readonly Rewind[],
  ): Promise<void> {
    const batches = this.#batches.map(({ step, at, labels, sources }) => {
      const photos = sources().map((photo, i) => {
        const label = labels[i] ?? -1;
        return { photo, label, identity: label < 0 ? "" : this.#nameOf(label) };
      });
      return { step, at, photos };
    });
    const record: FlightRecord = {
      error: error.name,
      message: error.message,
      step: this.#batches.at(-1)?.step ?? 0,
      batches,
      steps: this.#steps.slice(-WINDOW),
      rewinds,
      config,
    };
    await writeFileAtomic(path, json(record));
  }
}
