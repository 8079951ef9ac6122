import * as tf from "@tensorflow/tfjs-core";

type Holdable = tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

/** Tensors that live across awaits, where no `tf.tidy` reaches, until all are disposed together. */
export class HeldTensors {
  readonly #held: Holdable[] = [];

  /** Takes what it is given, and gives it back. Tensors may be disposed earlier. */
  hold<T extends Holdable>(tensors: T): T {
    this.#held.push(tensors);
    return tensors;
  }

  dispose(): void {
    // tf.dispose would look through each tensor for others.
    for (const held of this.#held)
      for (const tensor of held instanceof tf.Tensor ? [held] : Object.values(held)) tensor.dispose();
  }
}
