import * as tf from "@tensorflow/tfjs-core";
import { firstClassWeights } from "./first-class-weights.ts";
import { sampleIdentities } from "./sample-identities.ts";

export interface SampledHeadOptions {
  /** D. */
  readonly embeddingSize: number;
  /** N. */
  readonly identities: number;
  /** Share of the identities that a step uses, in (0, 1]; 0.1 in the paper. */
  readonly rate: number;
  /** Seed of the first weights and of what each step draws. */
  readonly seed: number;
  /** Standard deviation of the first weights; 0.01, as published, by default. */
  readonly deviation?: number;
}

/** The part of a head that a step uses. */
export interface HeadSample {
  /** The S identities in rising order, those of the batch among them. */
  readonly identities: Int32Array;
  /** Their class weights, `[S, D]` float32, a row an identity; the caller disposes it. */
  readonly rows_SD: tf.Tensor2D;
  /** Where each row's identity stands among the S, `[B]` int32; the caller disposes it. */
  readonly labels_B: tf.Tensor1D;
}

/** How class weights go on moving while steps draw others: momentum's velocities, without a gradient. */
export interface IdleMotion {
  /** That of the present step, for all that were missed. */
  readonly learningRate: number;
  /** Share of a velocity that a step keeps, in [0, 1). */
  readonly momentum: number;
  /** Whether the step looks ahead by momentum, as Nesterov's does. */
  readonly useNesterov?: boolean;
}

export interface SampledUpdate {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * A head of which a step uses a part (Partial FC, arXiv:2203.15565): the identities of the batch and a random part of
 * the others. It lies in the main memory, with its velocities twice 4·N·D bytes; device, logits and gradients only ever
 * see the sample, so that millions of identities fit. The loss is the margin loss among the sample, and its gradient by
 * the sampled class weights is exact; other class weights do not change, or, with an `IdleMotion`, catch up when they are
 * drawn with what momentum would have done meanwhile. Without it an identity that is seldom met gets a tenth of the
 * movement that momentum makes of its gradient, and the rest many steps later.
 *
 * ```ts
 * const { identities, rows_SD, labels_B } = head.sample(labels, step);
 * const loss = (x, rows) => crossEntropy(marginLogits(x, tf.transpose(rows), labels_B, options), labels_B);
 * const [byEmbeddings, byRows] = tf.grads(loss)([embeddings, rows_SD]);
 * head.update(identities, await byRows.data(), { learningRate, momentum, weightDecay });
 * ```
 */
export class SampledHead {
  readonly options: SampledHeadOptions;
  /** Class weights `[N, D]`, row-major, a row an identity. */
  readonly weights: Float32Array;
  /** Velocities of momentum, `[N, D]`. */
  readonly velocities: Float32Array;
  /** Steps done when `assign` last gave each identity its values, `[N]`. */
  readonly steps: Float32Array;

  /** @throws {RangeError} When a size or the rate is out of its range. */
  constructor(options: SampledHeadOptions) {
    const { embeddingSize, identities, rate, seed } = options;
    const sizes = [embeddingSize, identities];
    if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || !(rate > 0 && rate <= 1)) {
      throw new RangeError(
        "Cannot create a head: expected sizes of 1 or more and a rate in (0, 1], " +
          `got embeddingSize ${embeddingSize}, identities ${identities}, rate ${rate}`,
      );
    }
    this.options = options;
    this.weights = firstClassWeights(seed, options.deviation, 0, identities * embeddingSize);
    this.velocities = new Float32Array(identities * embeddingSize);
    this.steps = new Float32Array(identities);
  }

  /**
   * Draws the identities of a step.
   *
   * @param labels Identities of the batch, in 0..N-1.
   * @param step Steps done so far.
   * @param idle What moved them since they were last drawn; nothing by default.
   * @throws {RangeError} When a label is out of its range.
   */
  sample(labels: ArrayLike<number>, step: number, idle?: IdleMotion): HeadSample {
    const { identities: N, rate, seed } = this.options;
    const identities = sampleIdentities(labels, N, { rate, seed, step });
    const places = Int32Array.from(labels, (label) => placeOf(identities, label));
    return {
      identities,
      rows_SD: this.#rowsOf(identities, (identity, row) => {
        const way = idle ? this.#glide(identity, step, idle).way : 0;
        for (let d = 0, i = identity * row.length; d < row.length; d++, i++) {
          row[d] = this.weights[i] - way * this.velocities[i];
        }
      }),
      labels_B: tf.tensor1d(places, "int32"),
    };
  }

  #rowsOf(identities: Int32Array, fill: (identity: number, row: Float32Array) => void): tf.Tensor2D {
    const { embeddingSize: D } = this.options;
    const rows = new Float32Array(identities.length * D);
    identities.forEach((identity, s) => {
      fill(identity, rows.subarray(s * D, (s + 1) * D));
    });
    return tf.tensor2d(rows, [identities.length, D]);
  }

  /** What n steps without a gradient make of a velocity v: `w ← w − way·v` and `v ← kept·v`, with `kept = μⁿ`. */
  #glide(identity: number, step: number, { learningRate, momentum, useNesterov }: IdleMotion) {
    const kept = momentum ** (step - this.steps[identity]);
    const ahead = useNesterov ? momentum : 1;
    return { kept, way: (learningRate * ahead * momentum * (1 - kept)) / (1 - momentum) };
  }

  /**
   * Velocities of some identities, `[S, D]` float32 as `sample` gives their class weights at that step; the caller disposes
   * them.
   */
  velocitiesOf(identities: Int32Array, step = 0, idle?: IdleMotion): tf.Tensor2D {
    return this.#rowsOf(identities, (identity, row) => {
      const kept = idle ? this.#glide(identity, step, idle).kept : 1;
      for (let d = 0, i = identity * row.length; d < row.length; d++, i++) row[d] = kept * this.velocities[i];
    });
  }

  /**
   * Gives some identities the class weights and velocities that an optimizer of the caller's made of theirs.
   *
   * @param rows `[S, D]`, row-major, as are the velocities.
   * @param steps Steps done then, from which an `IdleMotion` counts.
   * @throws {RangeError} When there are not `S · D` of each; nothing has changed then.
   */
  assign(identities: Int32Array, rows: Float32Array, velocities: Float32Array, steps = 0): void {
    const { embeddingSize: D } = this.options;
    const size = identities.length * D;
    if (rows.length !== size || velocities.length !== size) {
      throw new RangeError(
        `Cannot assign to the head: expected ${identities.length} × ${D} class weights and velocities, ` +
          `got ${rows.length} and ${velocities.length}`,
      );
    }
    identities.forEach((identity, row) => {
      this.weights.set(rows.subarray(row * D, (row + 1) * D), identity * D);
      this.velocities.set(velocities.subarray(row * D, (row + 1) * D), identity * D);
      this.steps[identity] = steps;
    });
  }

  /**
   * One step of momentum gradient descent for the sampled identities: `v ← momentum·v + g + weightDecay·w`,
   * `w ← w − learningRate·v`.
   *
   * @param gradient By `rows_SD`, row-major.
   * @throws {RangeError} When the gradient is not of the sample's size or not finite; nothing has changed then.
   */
  update(
    identities: Int32Array,
    gradient: Float32Array,
    { learningRate, momentum, weightDecay }: SampledUpdate,
  ): void {
    const { embeddingSize: D } = this.options;
    if (gradient.length !== identities.length * D || !gradient.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot update the head: expected ${identities.length} × ${D} finite values, got ${gradient.length}` +
          `${gradient.length === identities.length * D ? ", not all of them finite" : ""}`,
      );
    }
    const { weights, velocities } = this;
    identities.forEach((identity, row) => {
      for (let d = 0, i = identity * D, g = row * D; d < D; d++, i++, g++) {
        velocities[i] = momentum * velocities[i] + gradient[g] + weightDecay * weights[i];
        weights[i] -= learningRate * velocities[i];
      }
    });
  }
}

/** Index of `value` in a rising list that has it. */
function placeOf(list: Int32Array, value: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
