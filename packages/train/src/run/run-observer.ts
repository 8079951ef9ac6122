import type { PhotoSource, StreamBatch } from "@amface/data";
import type { TrainConfig } from "../config/train-config.ts";
import type { EpochMetrics, StepMetrics } from "../step/step-metrics.ts";
import type { TrainState } from "../step/train-state.ts";
import type { RunFolder } from "./run-folder.ts";

/** The run that an observer takes part in. */
export interface ObservedRun {
  readonly config: TrainConfig;
  readonly run: RunFolder;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** The photos that are trained on. */
  readonly source: PhotoSource;
  /** Net, head and optimizer; an observer leaves their values as they are. `state.step` tells where the run stands. */
  readonly state: TrainState;
}

/**
 * Takes part in a run: watches its steps, evaluates at the ends of epochs, chooses checkpoints. What it remembers is
 * kept in the checkpoints, so that a resumed run goes on as if it had not stopped. An error that it throws ends the run.
 */
export interface RunObserver {
  /** Names what the checkpoints keep of this observer; one of its kind in a run. */
  readonly name: string;
  /**
   * Called before the first step of a session, and again where a run goes back to a checkpoint: the observer drops
   * whatever it knows or wrote of steps after `run.state.step`.
   *
   * @param saved What `save` gave for the checkpoint; `undefined` in a new run.
   */
  start?(run: ObservedRun, saved: unknown): void | Promise<void>;
  /**
   * Whether the step of this number is to be measured in detail: `metrics.details` then has angles and norms. They are
   * there too where only another observer asked, as TensorBoard's does for every step.
   */
  observes?(step: number): boolean;
  /** Called after every step; the batch is borrowed. Of a run with photos without labels, the batch has labels of its first photos only. */
  onStep?(metrics: StepMetrics, batch: StreamBatch): void | Promise<void>;
  /** Called after every whole epoch, before its checkpoint is written. */
  onEpoch?(metrics: EpochMetrics): void | Promise<void>;
  /** What the checkpoint that is being written keeps; must survive JSON. */
  save?(): unknown;
  /**
   * Steps whose checkpoints stay beyond the newest `checkpointsKept`. A step that is named at the end of its epoch
   * gets a checkpoint, whatever `checkpointEpochs` says.
   */
  pinned?(): readonly number[];
  /** Whether the run ends here, before its last step; asked after every epoch, and before the first step of a session. */
  ends?(): boolean;
  /** Called once when the session ends, however it does. */
  close?(): void | Promise<void>;
}

/** The observers of a run as one. */
export class RunObservers {
  readonly #observers: readonly RunObserver[];

  /** @throws {RangeError} When two have the same name. */
  constructor(observers: readonly RunObserver[]) {
    const names = observers.map(({ name }) => name);
    if (new Set(names).size < names.length) {
      throw new RangeError(`Cannot observe a run: expected observers of different names, got ${names}`);
    }
    this.#observers = observers;
  }

  async start(run: ObservedRun, saved: Readonly<Record<string, unknown>> = {}): Promise<void> {
    for (const observer of this.#observers) await observer.start?.(run, saved[observer.name]);
  }

  observes(step: number): boolean {
    return this.#observers.some((observer) => observer.observes?.(step));
  }

  async onStep(metrics: StepMetrics, batch: StreamBatch): Promise<void> {
    for (const observer of this.#observers) await observer.onStep?.(metrics, batch);
  }

  async onEpoch(metrics: EpochMetrics): Promise<void> {
    for (const observer of this.#observers) await observer.onEpoch?.(metrics);
  }

  /** What all of them want to find again, by their names. */
  save(): Record<string, unknown> {
    const saved = this.#observers.map((observer) => [observer.name, observer.save?.()] as const);
    return Object.fromEntries(saved.filter(([, value]) => value !== undefined));
  }

  pinned(): ReadonlySet<number> {
    return new Set(this.#observers.flatMap((observer) => [...(observer.pinned?.() ?? [])]));
  }

  /** Whether one of them ends the run. */
  ends(): boolean {
    return this.#observers.some((observer) => observer.ends?.());
  }

  /** Closes all of them, and throws the first error of those that failed. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#observers.map(async (observer) => observer.close?.()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }
}
