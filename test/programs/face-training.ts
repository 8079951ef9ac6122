/** Trains resface-small (56×48, batch 32, AM-Softmax, momentum, weight decay) in whatever runtime this is bundled for. */
import { amSoftmaxLogits, crossEntropy, l2Penalty } from "@amface/loss";
import { createNet, kernels } from "@amface/nets/browser";
import * as tf from "@tensorflow/tfjs";

const SIZE: [number, number] = [56, 48];
const BATCH = 32;
const IDENTITIES = 40;

/** A training that goes on with every call of `step`, on the backend in use when it was made. */
export class FaceTraining {
  readonly #net = createNet("resface-small", { imageSize: SIZE, embeddingSize: 64, seed: 1 });
  readonly #head = tf.variable(
    tf.randomNormal([64, IDENTITIES], 0, 1, "float32", 5),
  ) as tf.Variable<tf.Rank.R2>;
  readonly #optimizer: tf.Optimizer = tf.train.momentum(0.0001, 0.9);
  readonly #weights: tf.Variable[];
  #steps = 0;

  constructor() {
    const trainable = this.#net.model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    this.#weights = [...trainable, this.#head];
  }

  /** The next step, on a batch of its own. @returns Its loss. */
  async step(): Promise<number> {
    const step = this.#steps++;
    const loss = tf.tidy(() => {
      const images = tf.randomNormal<tf.Rank.R4>([BATCH, ...SIZE, 3], 0, 1, "float32", step + 1);
      const labels = tf.tensor1d(
        Array.from({ length: BATCH }, (_, i) => (7 * i + step) % IDENTITIES),
        "int32",
      );
      const { value, grads } = this.#optimizer.computeGradients(() => {
        const embeddings = this.#net.model.apply(images, { training: true }) as tf.Tensor2D;
        const logits = amSoftmaxLogits(embeddings, this.#head, labels, { margin: 0.35, scale: 10 });
        const decayed = [...kernels(this.#net.model).map(({ variable }) => variable), this.#head];
        return tf.add(crossEntropy(logits, labels), l2Penalty(decayed, 5e-4)) as tf.Scalar;
      }, this.#weights);
      this.#optimizer.applyGradients(grads);
      return value;
    });
    const [value] = await loss.data();
    loss.dispose();
    return value;
  }

  dispose(): void {
    this.#net.model.dispose();
    this.#head.dispose();
    this.#optimizer.dispose();
  }
}
