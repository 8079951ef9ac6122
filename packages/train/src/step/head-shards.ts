import { firstClassWeights } from "@amface/loss";
import type { Communicator } from "@amface/mpi";
import * as tf from "@tensorflow/tfjs-core";
import type { UpdateOptions } from "../optimizers/optimizer-rule.ts";
import { shareOf } from "../processes/share.ts";
import type { Optimizer } from "./optimizer.ts";
import type { StateVariable } from "./state-variable.ts";

/** Identities of a sharded head, one after the other. */
export interface HeadBlock {
  /** Its number, whoever has it. */
  readonly index: number;
  /** Its first identity. */
  readonly first: number;
  /** Class weights of its n identities, `[D, n]`. */
  readonly weights_Dn: tf.Variable<tf.Rank.R2>;
  /** Their gradient, from the first step on: a variable, as fresh memory would have to be fetched in every step. */
  gradient_Dn?: tf.Variable<tf.Rank.R2>;
  /** Moves its weights. */
  readonly optimizer: Optimizer;
  /** The weights as `head`, and the optimizer's slots. */
  readonly variables: readonly StateVariable[];
}

/** Class weights of a block, at most: a step takes memory for several times as many, besides those of all blocks. */
const LARGEST = 2 ** 21;

/**
 * What a process has of a head whose identities are spread over processes (Partial FC, arXiv:2203.15565). It lies in as
 * many blocks as a batch has micro-batches, or a multiple of them, which are shared as those are: so blocks are the same,
 * and what is computed of each, whatever the number of processes.
 */
export interface HeadShards {
  /** N. */
  readonly identities: number;
  /** How many blocks all processes have. */
  readonly total: number;
  /** This process's. */
  readonly blocks: readonly HeadBlock[];
}

/** Of what a sharded head is made. */
export interface ShardSizes {
  readonly embeddingSize: number;
  readonly identities: number;
  /** Micro-batches of a batch. */
  readonly microBatches: number;
  /** Class weights of a block, at most; 2²¹ by default. */
  readonly largest?: number;
  readonly seed: number;
  readonly processes: Pick<Communicator, "rank" | "size">;
}

/**
 * This process's blocks of a head, which starts as a sampled head of the same seed does.
 *
 * @param optimizerOf Makes the optimizer of one variable.
 * @throws {RangeError} When there are fewer identities than micro-batches, or fewer of these than processes.
 */
export function createShards(
  { embeddingSize: D, identities, microBatches, largest = LARGEST, seed, processes }: ShardSizes,
  optimizerOf: (block: StateVariable) => Optimizer,
): HeadShards {
  if (identities < microBatches || microBatches < processes.size) {
    throw new RangeError(
      "Cannot shard the head: expected as many identities as micro-batches or more, and micro-batches as processes, got " +
        `${identities} identities, accumulateSteps ${microBatches}, and ${processes.size} processes`,
    );
  }
  const each = Math.ceil(identities / microBatches);
  const total = microBatches * Math.min(each, Math.ceil((each * D) / largest));
  const deviation = Math.sqrt(2 / (D + identities)); // Xavier's
  const own = shareOf(total, processes);
  const blocks = Array.from({ length: own.count }, (_, i): HeadBlock => {
    const index = own.first + i;
    const { first, count: n } = shareOf(identities, { rank: index, size: total });
    const rows_nD = firstClassWeights(seed, deviation, first * D, n * D);
    const columns_Dn = new Float32Array(D * n);
    for (let row = 0; row < n; row++)
      for (let d = 0; d < D; d++) columns_Dn[d * n + row] = rows_nD[row * D + d];
    const weights_Dn = tf.tidy(() => tf.variable(tf.tensor2d(columns_Dn, [D, n]), true));
    const head = { name: "head", variable: weights_Dn as tf.Variable };
    const optimizer = optimizerOf(head);
    return { index, first, weights_Dn, optimizer, variables: [head, ...optimizer.slots] };
  });
  return { identities, total, blocks };
}

/** The block that has an identity, and that block's first identity. */
export function ownerOf(
  identity: number,
  { identities, total }: Pick<HeadShards, "identities" | "total">,
): { index: number; first: number } {
  const firstOf = (index: number) => shareOf(identities, { rank: index, size: total }).first;
  let index = Math.min(total - 1, Math.floor(((identity + 1) * total) / identities));
  while (firstOf(index) > identity) index--;
  return { index, first: firstOf(index) };
}

/** Makes a step of the optimizer with the blocks' gradients, times `factor`; block by block, to spare memory. */
export async function moveShards(
  { blocks }: HeadShards,
  factor: number,
  options: UpdateOptions,
): Promise<void> {
  for (const { weights_Dn, gradient_Dn, optimizer } of blocks) {
    if (!gradient_Dn) continue;
    const updates = tf.tidy(() => {
      const gradient = factor === 1 ? gradient_Dn : tf.mul(gradient_Dn, factor);
      return optimizer.updates([gradient], options);
    });
    for (const { variable, next } of updates) variable.assign(next);
    tf.dispose(updates.map(({ next }) => next));
    const first = tf.tidy(() => tf.slice(weights_Dn, [0, 0], [1, 1]));
    await first.data(); // a lazy backend computes now what is new
    first.dispose();
  }
}

export function disposeShards({ blocks }: HeadShards): void {
  for (const { optimizer, weights_Dn, gradient_Dn } of blocks) {
    optimizer.dispose();
    tf.dispose([weights_Dn, gradient_Dn ?? []]);
  }
}
