import type { Communicator } from "@amface/mpi";
import { compiled, drawDropoutNoise, setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { gatherRows } from "../processes/gather-rows.ts";
import { shareOf } from "../processes/share.ts";
import { type Compression, SharedSum } from "../processes/shared-sum.ts";
import { batchGradients, type LossHyper, lossNumbersOf, type ScoredBatch } from "./batch-gradients.ts";
import { HeldTensors } from "./held-tensors.ts";
import type { ScoreReading } from "./join-scores.ts";
import { movedStatistics } from "./moving-statistics.ts";
import { scoreShards } from "./score-shards.ts";
import { splitBatch } from "./split-batch.ts";
import type { Reading } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { FixedState, TrainState } from "./train-state.ts";

/** Into how many micro-batches a batch is split, and among whom they are shared. */
export interface PartsOptions {
  readonly total: number;
  readonly observe: boolean;
  readonly processes: Communicator;
}

/** What a batch gives that was computed in parts. */
export interface PartedBatch {
  /** The mean over all micro-batches, in the order of the state's trainable variables. */
  readonly gradients: tf.Tensor[];
  /** `[L, D]` of all labelled photos, where the state keeps something of embeddings; else none. */
  readonly embeddings: readonly tf.Tensor2D[];
  /** What the state's moving statistics become. */
  readonly statistics: readonly tf.Tensor[];
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
  { gradientCompression, ...hyper }: LossHyper & { readonly gradientCompression?: Compression | undefined },
  { total, observe, processes }: PartsOptions,
  held: HeldTensors,
): Promise<PartedBatch> {
  const share = shareOf(total, processes);
  const microBatches = await splitBatch(batch, share, total, held);
  const scored =
    state.shards &&
    (await scoreShards(state, microBatches, batch.labels, hyper, { total, observe, processes }));
  if (scored) held.hold(scored.pulls);
  processes.keepMoving();
  const sum = new SharedSum(total, processes, gradientCompression);
  const rows: Float32Array[] = [];
  let layout: readonly Part[] = [];
  for (const [i, microBatch] of microBatches.entries()) {
    setDropoutStep(state.net.model, state.step * total + share.first + i);
    const scoredBatch = { ...microBatch, pull_LD: scored?.pulls[i] };
    const { gradients, rest, layout: parts } = await compute(state, scoredBatch, hyper, observe, 1 / total);
    sum.add(gradients);
    rows.push(rest);
    layout = parts;
  }
  const [all, values] = await Promise.all([gatherRows(rows, total, processes), sum.total()]);
  const read = all.map((row) => unpack(row, layout));
  const statistics = await movedStatistics(
    state.statistics,
    read.map((parts) => parts.statistics),
  );
  const shapes = state.trainable.map(({ variable }) => variable.shape);
  const embeddingSize = state.net.description.embeddingSize;
  return {
    gradients: held.hold(tensorsOf(values, shapes)),
    statistics: held.hold(statistics),
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
  batch: Omit<ScoredBatch, "lossNumbers">,
  hyper: LossHyper,
  observe: boolean,
  share: number,
): Promise<{ gradients: Float32Array; rest: Float32Array; layout: readonly Part[] }> {
  const held = new HeldTensors();
  try {
    const noise = held.hold(drawDropoutNoise(state.net.model, batch.images.shape[0]));
    const lossNumbers = held.hold(lossNumbersOf(state, hyper));
    const graph = compiled(state as FixedState, partGraph);
    const { flat, layout, ofGradients } = graph({ ...batch, noise, lossNumbers }, hyper, { observe, share });
    const values = (await held.hold(flat).data()) as Float32Array;
    return { gradients: values.subarray(0, ofGradients), rest: values.slice(ofGradients), layout };
  } finally {
    held.dispose();
  }
}

/** All that a micro-batch gives as one vector: `ofGradients` numbers of gradients, then the parts of `layout`. */
function partGraph(
  state: FixedState,
  batch: ScoredBatch,
  hyper: LossHyper,
  { observe, share }: { observe: boolean; share: number },
) {
  const { gradients, embeddings, measured, statistics } = batchGradients(
    state,
    batch,
    hyper,
    observe,
    "zero",
  );
  const tensors: tf.Tensor[] = [];
  const layout: Part[] = [];
  const add = (kind: Part["kind"], name: string, tensor: tf.Tensor) => {
    tensors.push(tensor);
    layout.push({ kind, name, size: tensor.size });
  };
  for (const [i, { name }] of state.statistics.entries()) add("statistic", name, statistics[i]);
  for (const [name, tensor] of Object.entries(measured)) add("measured", name, tensor);
  for (const tensor of embeddings) add("embeddings", "", tensor);
  const shares = gradients.map((gradient) => tf.mul(gradient, share));
  const flat = tf.concat1d([...shares, ...tensors].map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1])));
  tf.dispose([...embeddings, ...Object.values(measured)]); // which are kept
  return { flat, layout, ofGradients: gradients.reduce((sum, { size }) => sum + size, 0) };
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
