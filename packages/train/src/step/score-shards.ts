import type { Communicator } from "@amface/mpi";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { gatherRows } from "../processes/gather-rows.ts";
import { shareOf } from "../processes/share.ts";
import { SharedSum } from "../processes/shared-sum.ts";
import { type LossHyper, labelledOf } from "./batch-gradients.ts";
import { blockGradients, blockScores, type WholeBatch } from "./block-scores.ts";
import type { HeadShards } from "./head-shards.ts";
import { joinScores, type ScoreReading } from "./join-scores.ts";
import { inFloat16 } from "./loss-scale.ts";
import { withStatistics } from "./moving-statistics.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { TrainState } from "./train-state.ts";

/** What a sharded head makes of a batch; the caller disposes its tensors. */
export interface ShardScores {
  /** Of each of this process's micro-batches `[l, D]`: the gradient of its mean loss by its labelled embeddings. */
  readonly pulls: tf.Tensor2D[];
  /** Σg² of the gradients that now lie in the blocks of all processes. */
  readonly squares: number;
  /** Of all micro-batches. */
  readonly readings: readonly ScoreReading[];
}

/** Among whom a batch is shared, and in how many micro-batches. */
interface Sharing {
  readonly total: number;
  readonly observe: boolean;
  readonly processes: Communicator;
}

/**
 * Loss and gradients of a sharded head over a whole batch (Partial FC, arXiv:2203.15565): all processes' embeddings are
 * gathered, each block gives its part of every row's softmax and, once those are joined, its gradients; those by the
 * embeddings are summed in the tree over blocks. What is sent grows with the batch, not with the identities. Nothing of the
 * net's graph is kept meanwhile: its forward pass is computed once more for its gradients.
 *
 * @param microBatches Of this process's share.
 * @param labels_L Of the whole batch.
 */
export async function scoreShards(
  state: TrainState,
  microBatches: readonly TrainBatch[],
  labels_L: tf.Tensor1D,
  hyper: LossHyper,
  { total, observe, processes }: Sharing,
): Promise<ShardScores> {
  const shards = state.shards as HeadShards;
  const { first, count } = shareOf(total, processes);
  const [L, D] = [labels_L.size, state.net.description.embeddingSize];
  const own: Float32Array[] = [];
  for (const [i, microBatch] of microBatches.entries()) {
    setDropoutStep(state.net.model, state.step * total + first + i);
    own.push(await embed(state, microBatch));
  }
  const embeddings_LD = tf.tensor2d(asOneRow(await gatherRows(own, total, processes)), [L, D]);
  const labels = await labels_L.data<"int32">();
  const batch: WholeBatch = { embeddings_LD, labels, microBatches: total, hyper };
  try {
    const rows: Float32Array[] = [];
    for (const block of shards.blocks) rows.push(await blockScores(state, block, batch, observe));
    const joint = joinScores(await gatherRows(rows, shards.total, processes), shards, batch, state);
    const sum = new SharedSum(shards.total, processes);
    for (const block of shards.blocks) sum.add(await blockGradients(state, block, batch, joint.total_L));
    const pull = await sum.total();
    const l = L / total;
    const pulls = Array.from({ length: count }, (_, i) => {
      const at = (first + i) * l * D;
      // Gradients of micro-batches will be averaged: each is pulled by its own mean loss.
      return tf.tensor2d(
        pull.subarray(at, at + l * D).map((value) => value * total),
        [l, D],
      );
    });
    const readings = Array.from({ length: total }, (_, m) => joint.readingOf(m * l, (m + 1) * l));
    return { pulls, squares: pull[L * D], readings };
  } finally {
    embeddings_LD.dispose();
  }
}

/** The labelled embeddings of a micro-batch, `[l, D]` row-major. */
async function embed(
  { net, lossScale_1, statistics }: TrainState,
  { images, labels }: TrainBatch,
): Promise<Float32Array> {
  const apply = () => net.model.apply(images, { training: true }) as tf.Tensor2D;
  const embeddings_lD = tf.tidy(() => {
    const { result } = withStatistics(statistics, "now", () => (lossScale_1 ? inFloat16(apply) : apply()));
    return tf.clone(labelledOf(result, labels));
  });
  try {
    return (await unfrozen(() => embeddings_lD.data<"float32">())).slice();
  } finally {
    embeddings_lD.dispose();
  }
}

/** Calls `read`, before which weights were constant for some runs and will not stay so: a step is no reason to compile anew. */
function unfrozen<T>(read: () => T): T {
  const backend = tf.backend() as { patience?: number };
  const { patience } = backend;
  if (patience !== undefined) backend.patience = Number.POSITIVE_INFINITY;
  try {
    return read();
  } finally {
    if (patience !== undefined) backend.patience = patience;
  }
}

function asOneRow(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) all.set(row, i * row.length);
  return all;
}
