import { logSumExp } from "@amface/loss";
import { ROW_SCORES, type WholeBatch } from "./block-scores.ts";
import { type HeadShards, ownerOf } from "./head-shards.ts";
import type { Reading } from "./step-result.ts";
import type { TrainState } from "./train-state.ts";

/** What the head measures of a micro-batch; `loss` is the head's part of it. */
export type ScoreReading = Pick<Reading, "loss" | "crossEntropy" | "accuracy" | "targetCosine"> &
  Partial<Pick<Reading, "targetAngles" | "otherAngles">>;

/** What all blocks together measure of a batch. */
export interface JointScores {
  /** Each row's `log Σ exp(z)` over all identities. */
  readonly total_L: Float32Array;
  /** Of the rows from `first` to before `end`. */
  readingOf(first: number, end: number): ScoreReading;
}

/** @param rows What `blockScores` gives of each block, in the blocks' order. */
export function joinScores(
  rows: readonly Float32Array[],
  shards: HeadShards,
  { labels, hyper }: WholeBatch,
  { optimizer }: TrainState,
): JointScores {
  const L = labels.length;
  const blocks = rows.map((row) => {
    const scores = ROW_SCORES.map((name, i) => [name, row.subarray(i * L, (i + 1) * L)] as const);
    return Object.fromEntries(scores) as Record<(typeof ROW_SCORES)[number], Float32Array>;
  });
  const totals = logSumExp(
    blocks.map(({ largestLogit, sumOfExponentials }) => ({
      largest_B: largestLogit,
      sum_B: sumOfExponentials,
    })),
  );
  const squares = rows.reduce((sum, row) => sum + row[ROW_SCORES.length * L], 0);
  const penalty = optimizer.decouplesDecay ? 0 : (hyper.weightDecay / 2) * squares;
  const scored = Array.from(labels, (label, b) => {
    const owner = ownerOf(label, shards);
    const own = blocks[owner.index];
    // As one argmax over all would have it: of equal cosines the first one's.
    const best = blocks.reduce(
      (best, { largestCosine }, i) => (largestCosine[b] > blocks[best].largestCosine[b] ? i : best),
      0,
    );
    return {
      crossEntropy: totals[b] - own.targetLogit[b],
      right: best === owner.index && blocks[best].itsColumn[b] === label - owner.first ? 1 : 0,
      cosine: own.targetCosine[b],
      other: Math.max(...blocks.map(({ otherCosine }) => otherCosine[b])),
    };
  });
  return {
    total_L: Float32Array.from(totals),
    readingOf(first, end) {
      const part = scored.slice(first, end);
      const mean = (valueIn: (row: (typeof scored)[number]) => number) =>
        part.reduce((sum, row) => sum + valueIn(row), 0) / part.length;
      const crossEntropy = mean((row) => row.crossEntropy);
      return {
        loss: Float32Array.of((hyper.lossWeight ?? 1) * crossEntropy + penalty),
        crossEntropy: Float32Array.of(crossEntropy),
        accuracy: Float32Array.of(mean(({ right }) => right)),
        targetCosine: Float32Array.of(mean(({ cosine }) => cosine)),
        targetAngles: Float32Array.from(part, ({ cosine }) => Math.acos(cosine)),
        otherAngles: Float32Array.from(part, ({ other }) => Math.acos(other)),
      };
    },
  };
}
