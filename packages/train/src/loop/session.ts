import type { PhotoSource } from "@amface/data";
import type { Communicator } from "@amface/mpi";
import type { TrainConfig } from "../config/train-config.ts";
import type { PairSets } from "../evaluation/pair-sets.ts";
import type { RunFacts } from "../run/checkpoint-info.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { RunLock } from "../run/run-lock.ts";
import type { TrainState } from "../step/train-state.ts";
import type { TeacherEmbeddings } from "../teacher/teacher-embeddings.ts";
import type { TrainOptions } from "./train-options.ts";

/** What a process needs to train in a run's folder. */
export interface Session {
  readonly config: TrainConfig;
  readonly run: RunFolder;
  readonly lock: RunLock;
  /** The photos that are trained on. */
  readonly source: PhotoSource;
  /** Photos without labels. */
  readonly unlabelled?: PhotoSource | undefined;
  /** What the teacher makes of all photos, where there is one. */
  readonly taught?: TeacherEmbeddings | undefined;
  readonly heldOutIdentities: number;
  /** What is evaluated at the ends of epochs. */
  readonly sets: PairSets;
  readonly facts: RunFacts;
  readonly state: TrainState;
  /** This process, the first of those that share the batches. */
  readonly processes: Communicator;
  readonly options: TrainOptions;
}
