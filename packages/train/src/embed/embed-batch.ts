import { type Embeddings, type Flip, joinFlipped } from "@amface/lfw-eval";
import { embedImages, type FaceNet } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Embeds a batch with the net in inference mode, and its mirror image too unless `flip` is `none`.
 *
 * @param images `[B, H, W, 3]` float32; borrowed, not disposed.
 * @returns `[B, D]` row-major, `[B, 2·D]` for `concat`; not normalised.
 */
export async function embedBatch(net: FaceNet, images: tf.Tensor4D, flip: Flip): Promise<Embeddings> {
  const size = net.description.embeddingSize;
  const plain = { data: await embedImages(net, images), size };
  if (flip === "none") return plain;
  const mirrored = tf.tensor4d(mirror((await images.data()) as Float32Array, images.shape), images.shape);
  try {
    return joinFlipped(plain, { data: await embedImages(net, mirrored), size }, flip);
  } finally {
    mirrored.dispose();
  }
}

/** Swaps left and right. On the host, where the values are: no backend needs a kernel for it. */
function mirror(values: Float32Array, [B, H, W, C]: readonly number[]): Float32Array {
  const mirrored = new Float32Array(values.length);
  for (let row = 0; row < B * H; row++) {
    for (let x = 0; x < W; x++) {
      const from = (row * W + x) * C;
      const to = (row * W + (W - 1 - x)) * C;
      for (let c = 0; c < C; c++) mirrored[to + c] = values[from + c];
    }
  }
  return mirrored;
}
