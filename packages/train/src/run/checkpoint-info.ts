import type { AlignmentRecord } from "@amface/images";
import { z } from "zod";
import type { TrainConfig } from "../config/train-config.ts";
import type { StreamPosition } from "../photos/batch-stream.ts";

/** Where a run stands; with the state's variables and the config, all that the next step depends on. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Batches done of the epoch in progress. */
  readonly batchInEpoch: number;
  /** Passes over the photos done, and batches done of the one in progress. */
  readonly pass: number;
  readonly batchInPass: number;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
  /** The steps of the epoch in progress are done, but not what comes at its end. */
  readonly ending?: boolean | undefined;
}

/** A return to a checkpoint after the loss had left its course. From it on, the learning rate is half of what it was. */
export interface Rewind {
  /** The step that failed. */
  readonly step: number;
  readonly loss: number;
  /** The step of the checkpoint. */
  readonly to: number;
  /** The batches that are left out from then on, by pass and number: the last ones before the failure. */
  readonly leftOut: readonly StreamPosition[];
}

/** What stays the same during a session. */
export interface RunFacts {
  readonly config: TrainConfig;
  /** Fingerprint of the list of photos. */
  readonly data: string;
  /** How the crops were made, where their folder says so. */
  readonly alignment?: AlignmentRecord | undefined;
  /** SHA-256 of the teacher, where there is one. */
  readonly teacher?: string | undefined;
  /** What computes, where the caller named it. */
  readonly engine?: string | undefined;
}

/** What a checkpoint says besides its tensors. */
export interface CheckpointInfo extends RunFacts {
  readonly progress: Progress;
  /** The returns to earlier checkpoints that the run has behind it. */
  readonly rewinds?: readonly Rewind[] | undefined;
  /**
   * Written only because the run was stopped here, or is about to evaluate. It goes when the next is written, does not count among those kept,
   * and a loss that leaves its course does not go back to it: a run is the same wherever it was stopped.
   */
  readonly interim?: boolean | undefined;
  /** SHA-256 of each block of a sharded head; the blocks lie beside the checkpoint. */
  readonly head?: readonly string[] | undefined;
  /** What the run's observers remember, by their names. */
  readonly observers?: Readonly<Record<string, unknown>> | undefined;
}

const count = z.int().nonnegative();

const PROGRESS = z.object({
  step: count,
  epoch: count,
  batchInEpoch: count,
  pass: count,
  batchInPass: count,
  seconds: z.number(),
  ending: z.boolean().optional(),
});

const REWIND = z.object({
  step: count,
  loss: z
    .number()
    .nullable()
    .transform((loss) => loss ?? Number.NaN), // JSON has no NaN
  to: count,
  leftOut: z.array(z.object({ pass: count, batch: count })),
});

const isObject = (value: unknown) => typeof value === "object" && value !== null;

const CHECKPOINT_INFO: z.ZodType<CheckpointInfo> = z.object({
  config: z.custom<TrainConfig>(isObject, "expected an object"), // `checkResumable` resolves it anew
  data: z.string(),
  alignment: z.custom<AlignmentRecord>(isObject, "expected an object").optional(),
  teacher: z.string().optional(),
  engine: z.string().optional(),
  progress: PROGRESS,
  rewinds: z.array(REWIND).optional(),
  interim: z.boolean().optional(),
  head: z.array(z.string()).optional(),
  observers: z.record(z.string(), z.unknown()).optional(),
});

/** @throws {Error} Where the text is not what a checkpoint says. */
export function parseCheckpointInfo(text: string): CheckpointInfo {
  const { data, error } = CHECKPOINT_INFO.safeParse(JSON.parse(text));
  if (data) return data;
  const { path, message } = error.issues[0];
  throw new Error(`${path.join(".")}: ${message}`);
}
