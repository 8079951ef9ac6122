import type { PhotoSource, SkippedPhoto, SkippedRecord } from "@amface/data";
import { type Communicator, ONE_PROCESS } from "@amface/mpi";
import type { TrainConfig } from "../config/train-config.ts";
import { BatchStream, type StreamPosition } from "../photos/batch-stream.ts";
import { unlabelledPerStep } from "../photos/training-data.ts";
import { shareOf } from "../processes/share.ts";
import { TaughtStream, type TrainStream } from "../teacher/taught-stream.ts";
import type { TeacherEmbeddings } from "../teacher/teacher-embeddings.ts";

/** What a stream is made of. */
export interface Streamed {
  readonly config: TrainConfig;
  readonly source: PhotoSource;
  readonly unlabelled?: PhotoSource | undefined;
  readonly taught?: TeacherEmbeddings | undefined;
  readonly processes?: Communicator | undefined;
  readonly onSkip?: ((photo: SkippedPhoto | SkippedRecord) => void) | undefined;
}

/** A config's batches from a position on: of several processes, the photos of this one's micro-batches. */
export function ownStream(
  { config, source, unlabelled, taught, processes = ONE_PROCESS, onSkip }: Streamed,
  position: StreamPosition,
  leftOut: readonly StreamPosition[],
): TrainStream {
  const { batchSize, imageSize, seed, randomFlip: flip, augment, balance, skipCorrupt } = config;
  const { accumulateSteps: total } = config;
  const { first, count } = shareOf(total, processes);
  const rowsOf = (photos: number) => [first * (photos / total), (first + count) * (photos / total)] as const;
  const options = {
    ...{ batchSize, imageSize, seed, flip, skipCorrupt, rows: rowsOf(batchSize) },
    ...(onSkip && { onSkip }),
    ...(augment && { augment }),
    ...(balance && { balance }),
  };
  if (taught === undefined) return new BatchStream(source, options, position, leftOut);
  const more = unlabelledPerStep(config);
  const others = unlabelled && { source: unlabelled, batchSize: more, rows: rowsOf(more) };
  return new TaughtStream(source, options, position, leftOut, {
    take: (sources) => taught.take(sources),
    unlabelled: others,
  });
}
