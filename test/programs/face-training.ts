/** Trains resface-small (56×48, batch 32, AM-Softmax, momentum, weight decay) in whatever runtime this is bundled for. */
import { alignFace } from "@amface/align/browser";
import { Random, renderFace } from "@amface/data/browser";
import { createNet } from "@amface/nets/browser";
import { createTrainState, disposeTrainState, trainStep } from "@amface/train/browser";
import * as tf from "@tensorflow/tfjs-core";

const SIZE = { height: 56, width: 48 };
const BATCH = 32;
const PEOPLE = 20;
const PHOTOS = 8;
const SEED = 1;
const HYPER = { margin: 0.35, scale: 16, weightDecay: 5e-4 };
/**
 * The learning rate grows evenly to `RATE` in so many steps. The gradient is at first hundreds of times as long as the kernels,
 * so that a larger rate makes what two engines round differently grow from step to step: after 20 steps, losses of
 * onnxruntime-web and onnxruntime-node, whose first gradients agree to 3e-6, are apart by up to 2e-5 with 2e-7, 1e-4 with 4e-7, 2e-4 with
 * 1e-6, 2e-2 with 1e-5 and 1 with 0.01.
 */
const WARMUP = 20;
const RATE = 2e-7;

/** A training on generated people that goes on with every call of `step`, on the backend in use when it was made. */
export class FaceTraining {
  readonly #state = createTrainState(
    createNet("resface-small", { imageSize: [SIZE.height, SIZE.width], embeddingSize: 64, seed: SEED }),
    PEOPLE,
    { optimizer: "momentum", loss: "am-softmax", seed: SEED },
  );
  readonly #crops = Array.from({ length: PEOPLE * PHOTOS }, (_, i) => {
    const { image, landmarks } = renderFace(Math.floor(i / PHOTOS), i % PHOTOS, { seed: SEED });
    return alignFace(image, landmarks, SIZE);
  });

  /** The next step, on a batch of its own. @returns Its loss. */
  async step(): Promise<number> {
    const { step } = this.#state;
    const chosen = new Random("batch", SEED, step).permutation(this.#crops.length).slice(0, BATCH);
    const images = tf.tidy(() =>
      tf.stack(
        Array.from(chosen, (i) => {
          const { data, height, width } = this.#crops[i];
          return tf.tensor3d(
            Float32Array.from(data, (value) => (value - 127.5) / 128),
            [height, width, 3],
          );
        }),
      ),
    ) as tf.Tensor4D;
    const labels = tf.tensor1d(
      Array.from(chosen, (i) => Math.floor(i / PHOTOS)),
      "int32",
    );
    try {
      const learningRate = RATE * Math.min(1, (step + 1) / WARMUP);
      return (await trainStep(this.#state, { images, labels }, { ...HYPER, learningRate })).loss;
    } finally {
      tf.dispose([images, labels]);
    }
  }

  dispose(): void {
    disposeTrainState(this.#state);
  }
}
