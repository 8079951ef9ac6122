import type * as tf from "@tensorflow/tfjs-core";
import { settingsOf } from "../option/settings-of.ts";
import type { LossSettings } from "./loss-options.ts";

/** What a loss scores. */
export interface Scored {
  /** `[B, D]`, of the lengths that the net gave them. */
  readonly embeddings_BD: tf.Tensor2D;
  readonly head_DN: tf.Tensor2D;
  /** `[B, N]`: cosines between embeddings and class weights. */
  readonly cosine_BN: tf.Tensor2D;
  readonly labels_B: tf.Tensor1D;
  /** Of a loss that `hasBias`. */
  readonly bias_N?: tf.Tensor1D | undefined;
  /** Of a loss that `keepsNorms`: mean and deviation of the embeddings' norms, `[2]`, or `[B, 2]`. */
  readonly statistics?: tf.Tensor | undefined;
  /** `[B]` bool, where the columns are a block of a sharded head: whether a label is one of them. */
  readonly here_B?: tf.Tensor1D | undefined;
  /** What the loss's `numbers` gives, as tensors; of a loss that has some, they must be there. */
  readonly numbers?: Readonly<Record<string, tf.Scalar>> | undefined;
}

/** The values that an option may have with a loss, where they are fewer than with others. */
export interface LossRange {
  /** In words, such as `radians below π`. */
  readonly expected: string;
  holds(value: number): boolean;
}

interface LossTraits {
  /** Whether its logits are a margin on cosines, a column by itself: those of a sharded head's blocks. */
  readonly shards?: boolean;
  /** Whether its margin may start lower: any number is one. */
  readonly warmsUp?: boolean;
  /** Whether it has a bias `[N]`, and ranks identities by its logits instead of cosines. */
  readonly hasBias?: boolean;
  /** Whether it follows mean and deviation of the embeddings' norms, from step to step. */
  readonly keepsNorms?: boolean;
}

/** A loss: all that there is to say of it. */
export interface Loss extends LossTraits {
  /** Its options with the defaults of its paper. */
  readonly defaults: LossSettings;
  readonly ranges: { readonly [K in keyof LossSettings]?: LossRange };
  /** Its options as `given`, which may be a whole config, has them, or else by default. */
  settings(given: LossSettings): LossSettings;
  /** Numbers that change from step to step, after `step` of them. */
  numbers(given: LossSettings, step: number): Readonly<Record<string, number>>;
  /**
   * Logits `[B, N]`, whose cross-entropy is the loss. To be called inside `tf.tidy`.
   *
   * @param given As `settings` takes them.
   * @throws {Error} When its `numbers` are not among what is scored.
   */
  logits(given: LossSettings, scored: Scored): tf.Tensor2D;
  /**
   * What the loss adds to that cross-entropy, a scalar. To be called inside `tf.tidy`.
   *
   * @param embeddings_BD `[B, D]`, of the lengths that the net gave them.
   */
  penalty?(given: LossSettings, embeddings_BD: tf.Tensor2D): tf.Scalar;
}

/** A loss of these options: `logits` gets all of them, and no others. */
export function lossOf<K extends keyof LossSettings>(
  loss: LossTraits & {
    readonly defaults: Readonly<Record<K, number>>;
    readonly ranges?: { readonly [N in K]?: LossRange };
    readonly numbers?: (
      settings: Readonly<Record<K, number>>,
      step: number,
    ) => Readonly<Record<string, number>>;
    readonly logits: (settings: Readonly<Record<K, number>>, scored: Scored) => tf.Tensor2D;
    readonly penalty?: (settings: Readonly<Record<K, number>>, embeddings_BD: tf.Tensor2D) => tf.Scalar;
  },
): Loss {
  const { ranges = {}, logits, penalty, numbers, ...traits } = loss;
  const settings = (given: LossSettings) => settingsOf(loss.defaults, given);
  return {
    ...{ ...traits, ranges, settings },
    numbers: (given, step) => numbers?.(settings(given), step) ?? {},
    logits(given, scored) {
      if (numbers && !scored.numbers)
        throw new Error(
          "Cannot score a batch: expected the numbers of a loss that has some, got none; pass what `numbers` gives",
        );
      return logits(settings(given), scored);
    },
    ...(penalty && { penalty: (given, embeddings_BD) => penalty(settings(given), embeddings_BD) }),
  };
}
