import type { KeepRows } from "@amface/lfw-eval";
import * as tf from "@tensorflow/tfjs-core";

/** Rows kept as a tensor of the engine that runs. */
export const keepInEngine: KeepRows = ({ data, size }) => {
  const rows = tf.tensor2d(data, [data.length / size, size]);
  return {
    async products({ data }) {
      const queries = tf.tensor2d(data, [data.length / size, size]);
      // Not the other way round: one query's products are then a row of numbers, which ONNX Runtime computes as fast as it reads.
      const products = tf.matMul(queries, rows, false, true);
      try {
        return (await products.data()) as Float32Array;
      } finally {
        tf.dispose([queries, products]);
      }
    },
    dispose: () => rows.dispose(),
  };
};
