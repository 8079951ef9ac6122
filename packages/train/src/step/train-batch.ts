import type { FaceBatch } from "@amface/data";
import type * as tf from "@tensorflow/tfjs-core";

/** A batch to learn from. */
export interface TrainBatch extends FaceBatch {
  /** `[B, D]` float32: a teacher's embeddings of the photos. With it, only the first photos may have `labels`, `[L]`. */
  readonly teacher?: tf.Tensor2D | undefined;
}
