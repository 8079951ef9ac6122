import type { Communicator } from "@amface/mpi";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { gatherRows } from "../processes/gather-rows.ts";
import { shareOf } from "../processes/share.ts";
import { type Compression, SharedSum } from "../processes/shared-sum.ts";
import { batchGradients, type LossHyper, type ScoredBatch } from "./batch-gradients.ts";
import type { HeldTensors } from "./held-tensors.ts";
import type { ScoreReading } from "./join-scores.ts";
import { moveStatistics } from "./moving-statistics.ts";
import { scoreShards } from "./score-shards.ts";
import { splitBatch } from "./split-batch.ts";
import type { Reading } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { TrainState } from "./train-state.ts";

/** What a batch gives that was computed in parts. */
export interface PartedBatch {
  /** The mean over all micro-batches, in the order of the state's trainable variables. */
  readonly gradients: tf.Tensor[];
  /** `[L, D]` of all labelled photos, where the state keeps something of embeddings; else none. */
  readonly embeddings: readonly tf.Tensor2D[];
  /** Of each micro-batch. */
  readonly readings: readonly Reading[];
  /** Σg² of a sharded head's gradients, which lie in its blocks. */
  readonly headSquares?: number | undefined;
}

/**
 * Gradients of a batch that is computed in `total` micro-batches, those of this process's share here: their mean, summed
 * in one tree whatever the number of processes. Each micro-batch is one and the same graph, which is read before the next
 * one is computed; what it makes of the moving statistics is moved on in the micro-batches' order.
 *
 * @param batch `images` of this process's share, `labels` of the whole batch.
 * @param held Gets all tensors that are returned.
 */
export async function batchInParts(
  state: TrainState,
  batch: TrainBatch,
  hyper: LossHyper & { readonly gradientCompression?: Compression },
  { total, observe, processes }: { total: number; observe: boolean; processes: Communicator },
  held: HeldTensors,
): Promise<PartedBatch> {
  const share = shareOf(total, processes);
  const statistics = await Promise.all(state.statistics.map(({ variable }) => variable.data<"float32">()));
  const microBatches = await splitBatch(batch, share, total, held);
  const scored =
    state.shards &&
    (await scoreShards(state, microBatches, batch.labels, hyper, { total, observe, processes }));
  if (scored) held.hold(scored.pulls);
  processes.keepMoving();
  const sum = new SharedSum(total, processes, hyper.gradientCompression);
  const rows: Float32Array[] = [];
  let layout: readonly Part[] = [];
  for (const [i, microBatch] of microBatches.entries()) {
    setDropoutStep(state.net.model, state.step * total + share.first + i);
    const {
      gradients,
      rest,
      layout: parts,
    } = await compute(
      state,
      { ...microBatch, pull_LD: scored?.pulls[i] },
      ...([hyper, observe, 1 / total] as const),
    );
    sum.add(gradients);
    rows.push(rest);
    layout = parts;
  }
  const [all, values] = await Promise.all([gatherRows(rows, total, processes), sum.total()]);
  const read = all.map((row) => unpack(row, layout));
  moveStatistics(
    state.statistics,
    statistics,
    read.map((parts) => parts.statistics),
  );
  const shapes = state.trainable.map(({ variable }) => variable.shape);
  const embeddingSize = state.net.description.embeddingSize;
  return {
    gradients: held.hold(tensorsOf(values, shapes)),
    embeddings: held.hold(
      read.flatMap(({ embeddings }) =>
        embeddings.map((x) => tf.tensor2d(x, [x.length / embeddingSize, embeddingSize])),
      ),
    ),
    readings: read.map(({ reading }, m) => (scored ? withScores(reading, scored.readings[m]) : reading)),
    headSquares: scored?.squares,
  };
}

/** What a micro-batch measured, with what a sharded head has made of its embeddings. */
function withScores(reading: Reading, scores: ScoreReading): Reading {
  return { ...reading, ...scores, loss: Float32Array.of(reading.loss[0] + scores.loss[0]) };
}

/** A piece of what is read of a micro-batch beside its gradients. */
interface Part {
  readonly kind: "statistic" | "measured" | "embeddings";
  readonly name: string;
  readonly size: number;
}

/** Computes a micro-batch, and reads all that it gives at once; gradients are multiplied with `share`. */
async function compute(
  state: TrainState,
  batch: ScoredBatch,
  hyper: LossHyper,
  observe: boolean,
  share: number,
): Promise<{ gradients: Float32Array; rest: Float32Array; layout: readonly Part[] }> {
  // From 0, a statistic moves to what the micro-batch adds to it.
  for (const { variable } of state.statistics) tf.tidy(() => variable.assign(tf.zeros(variable.shape)));
  const { gradients, embeddings, measured } = batchGradients(state, batch, hyper, observe);
  const tensors: tf.Tensor[] = [];
  const layout: Part[] = [];
  const add = (kind: Part["kind"], name: string, tensor: tf.Tensor) => {
    tensors.push(tensor);
    layout.push({ kind, name, size: tensor.size });
  };
  for (const { name, variable } of state.statistics) add("statistic", name, variable);
  for (const [name, tensor] of Object.entries(measured)) add("measured", name, tensor);
  for (const tensor of embeddings) add("embeddings", "", tensor);
  const flat = tf.tidy(() => {
    const shares = gradients.map((gradient) => tf.mul(gradient, share));
    return tf.concat1d([...shares, ...tensors].map((tensor) => tf.reshape(tensor, [-1])));
  });
  const ofGradients = gradients.reduce((sum, { size }) => sum + size, 0);
  // Before the read: a lazy backend computes no tensor that nobody has any more.
  tf.dispose([gradients, [...embeddings], measured]);
  try {
    const values = (await flat.data()) as Float32Array;
    return { gradients: values.subarray(0, ofGradients), rest: values.slice(ofGradients), layout };
  } finally {
    flat.dispose();
  }
}

function unpack(row: Float32Array, layout: readonly Part[]) {
  const statistics: Float32Array[] = [];
  const embeddings: Float32Array[] = [];
  const reading: Record<string, Float32Array> = {};
  let at = 0;
  for (const { kind, name, size } of layout) {
    const values = row.slice(at, at + size);
    at += size;
    if (kind === "statistic") statistics.push(values);
    else if (kind === "embeddings") embeddings.push(values);
    else reading[name] = values;
  }
  return { statistics, embeddings, reading: reading as Reading };
}

/** One vector as tensors of these shapes. */
function tensorsOf(values: Float32Array, shapes: readonly number[][]): tf.Tensor[] {
  let at = 0;
  return shapes.map((shape) => {
    const size = tf.util.sizeFromShape(shape);
    at += size;
    return tf.tensor(values.subarray(at - size, at), shape, "float32");
  });
}
