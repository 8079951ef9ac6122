import type { PhotoSource, SkippedPhoto, SkippedRecord } from "@amface/data";
import type { Communicator } from "@amface/mpi";
import type { TrainConfig } from "../config/train-config.ts";
import type { TrainSummary } from "../evaluation/train-summary.ts";
import type { StreamPosition } from "../photos/batch-stream.ts";
import { broadcastJson, gatherJson } from "../processes/messages.ts";
import { readShards, writeShards } from "../run/shard-files.ts";
import { NonFiniteLossError } from "../step/non-finite-loss-error.ts";
import type { TrainState } from "../step/train-state.ts";
import { trainStep } from "../step/train-step.ts";
import type { TrainStream } from "../teacher/taught-stream.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { TeacherEmbeddings } from "../teacher/teacher-embeddings.ts";
import { type Command, shareState } from "./command.ts";
import { ownStream } from "./own-stream.ts";
import { completed } from "./shared-stream.ts";
import type { TrainOptions } from "./train-options.ts";

/** What a process follows with. */
export interface Follower {
  readonly config: TrainConfig;
  readonly source: PhotoSource;
  readonly teacher: Teacher | undefined;
  readonly state: TrainState;
  readonly processes: Communicator;
  readonly options: Pick<TrainOptions, "signal" | "onSkip">;
}

/**
 * Does what process 0 announces until that ends the session: computes its share of each batch and makes every step.
 *
 * @returns The summary of process 0.
 */
export async function follow(follower: Follower): Promise<TrainSummary> {
  const { config, state, teacher, processes, options } = follower;
  const onSkip = (photo: SkippedPhoto | SkippedRecord) => options.onSkip?.(photo);
  let taught: TeacherEmbeddings | undefined;
  let stream: TrainStream | undefined;
  let batch: Awaited<ReturnType<TrainStream["next"]>>;
  try {
    for (;;) {
      const command = await broadcastJson<Command>(processes);
      if (command.kind === "end") return command.summary;
      if (command.kind === "teacher") {
        const size = state.net.description.embeddingSize;
        taught = await TeacherEmbeddings.of(config, teacher!, { folder: command.folder, size, onSkip });
      } else if (command.kind === "state") {
        state.step = command.step;
        await shareState(processes, state);
        const { head } = command;
        if (head && state.shards) await readShards(head.folder, head.step, head.digests, state.shards);
      } else if (command.kind === "save") {
        await gatherJson(processes, await writeShards(command.folder, command.step, state.shards!));
      } else if (command.kind === "batch") {
        batch?.recycle();
        if (stream && !isAt(stream, command.at)) {
          await stream.close();
          stream = undefined;
        }
        stream ??= ownStream({ ...follower, ...teacher, taught, onSkip }, command.at, []);
        const own = (await stream.next()) as NonNullable<typeof batch>; // none is left out here
        batch = (await completed(own, processes, options.signal?.aborted ?? false)).batch;
      } else {
        const { hyper, observe } = command;
        const step = trainStep(
          state,
          batch!,
          { ...config, learningRate: 0, ...hyper },
          { observe, processes },
        );
        // Process 0, which has the same error, says what comes of it.
        await step.catch((error) => {
          if (!(error instanceof NonFiniteLossError)) throw error;
        });
      }
    }
  } finally {
    batch?.recycle();
    await stream?.close();
  }
}

const isAt = ({ position }: TrainStream, at: StreamPosition) =>
  position.pass === at.pass && position.batch === at.batch;
