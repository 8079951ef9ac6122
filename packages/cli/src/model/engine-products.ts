import type { RowProducts } from "@amface/lfw-eval";
import * as tf from "@tensorflow/tfjs-core";

/** Products of rows, computed by the engine that runs. */
export const engineProducts: RowProducts = async (a, b) => {
  const products = tf.tidy(() => {
    const [rows, columns] = [a, b].map(({ data, size }) => tf.tensor2d(data, [data.length / size, size]));
    return tf.matMul(rows, columns, false, true);
  });
  try {
    return (await products.data()) as Float32Array;
  } finally {
    products.dispose();
  }
};
