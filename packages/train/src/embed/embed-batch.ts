import { mirrorRows } from "@amface/images";
import { type Embeddings, embedMirrored, type Flip } from "@amface/lfw-eval";
import { type EmbeddingModel, embedImages, type FaceNet } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Embeds a batch with the net in inference mode, and its mirror image too unless `flip` is `none`.
 *
 * @param images `[B, H, W, 3]` float32; borrowed, not disposed.
 * @returns `[B, D]` row-major, `[B, 2·D]` for `concat`; not normalised.
 */
export async function embedBatch(
  net: FaceNet | EmbeddingModel,
  images: tf.Tensor4D,
  flip?: Flip,
): Promise<Embeddings> {
  let mirrored: tf.Tensor4D | undefined;
  const embed = async (batch: tf.Tensor4D) => ({
    data: await embedImages(net, batch),
    size: net.description.embeddingSize,
  });
  // On the host, where the values are: no backend needs a kernel for it.
  const mirror = async (batch: tf.Tensor4D) => {
    const values = (await batch.data()) as Float32Array;
    mirrored = tf.tensor4d(mirrorRows(values, batch.shape[2]), batch.shape);
    return mirrored;
  };
  try {
    return await embedMirrored(images, embed, mirror, flip);
  } finally {
    mirrored?.dispose();
  }
}
