import type { StreamBatch } from "@amface/data";
import type { Communicator } from "@amface/mpi";
import * as tf from "@tensorflow/tfjs-core";
import type { StreamPosition } from "../photos/batch-stream.ts";
import { gatherJson } from "../processes/messages.ts";
import type { TrainBatch } from "../step/train-batch.ts";
import type { TrainStream } from "../teacher/taught-stream.ts";
import { announce } from "./command.ts";

type Batch = StreamBatch & TrainBatch;

/** Batches of process 0, of which each process loads the photos of its own micro-batches. */
export class SharedStream implements TrainStream {
  readonly #own: TrainStream;
  readonly #processes: Communicator;
  readonly #stop: () => void;

  /**
   * @param own Batches of this process's share.
   * @param stop Called where another process was told to stop.
   */
  constructor(own: TrainStream, processes: Communicator, stop: () => void) {
    this.#own = own;
    this.#processes = processes;
    this.#stop = stop;
  }

  get position(): StreamPosition {
    return this.#own.position;
  }

  async next(): Promise<Batch | undefined> {
    const at = this.position;
    const own = await this.#own.next();
    if (own === undefined) return undefined;
    await announce(this.#processes, { kind: "batch", at });
    const { batch, stopped } = await completed(own, this.#processes, false);
    if (stopped) this.#stop();
    return batch;
  }

  async close(): Promise<void> {
    await this.#own.close();
  }
}

/**
 * Adds to the photos of this process's share the labels and names of the whole batch. All processes call it.
 *
 * @param stops Whether this process was told to stop.
 */
export async function completed(
  own: Batch,
  processes: Communicator,
  stops: boolean,
): Promise<{ batch: Batch; stopped: boolean }> {
  const labels = Array.from(await own.labels.data<"int32">());
  const all = await gatherJson(processes, { labels, sources: own.sources(), stops });
  // Photos with labels stand before those without, in a share as in the batch.
  const labelled = all.flatMap(({ labels, sources }) => sources.slice(0, labels.length));
  const names = [...labelled, ...all.flatMap(({ labels, sources }) => sources.slice(labels.length))];
  const whole = tf.tensor1d(
    all.flatMap((share) => share.labels),
    "int32",
  );
  own.labels.dispose();
  const recycle = () => tf.dispose([own.images, whole, own.teacher ?? []]);
  return {
    batch: { ...own, labels: whole, sources: () => names, recycle },
    stopped: all.some((share) => share.stops),
  };
}
