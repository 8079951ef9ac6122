import assert from "node:assert/strict";
import { before, test } from "node:test";
import { amSoftmaxLogits } from "@amface/loss";
import { createNet } from "@amface/nets";
import { exportOnnx, OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Largest difference over the largest value. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let largest = 1e-12;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

const asOrt = (tensor: tf.Tensor) =>
  new OrtTensor(tensor.dtype as "float32", tensor.dataSync() as Float32Array, tensor.shape);

test("ResFace20 with AM-Softmax logits gives, as one ONNX model, its own outputs at several batch sizes", () => {
  const net = createNet("resface20", { seed: 1 });
  const head = normal([512, 20], 3) as tf.Tensor2D;
  const fn = (images: tf.Tensor4D, labels: tf.Tensor1D) => {
    const embeddings = net.model.predict(images) as tf.Tensor2D;
    return { embeddings, logits: amSoftmaxLogits(embeddings, head, labels, { margin: 0.35, scale: 30 }) };
  };
  const model = exportOnnx(fn, [
    { name: "images", shape: [null, 112, 96, 3] },
    { name: "labels", shape: [null], dtype: "int32" },
  ]);
  const session = new OrtSession(model);
  for (const batch of [1, 3]) {
    tf.tidy(() => {
      const images = normal([batch, 112, 96, 3], batch) as tf.Tensor4D;
      const labels = tf.range(0, batch, 1, "int32");
      const expected = fn(images, labels);
      const feeds = { images: asOrt(images), labels: asOrt(labels) };
      const got = session.run(feeds, { embeddings: null, logits: null });
      for (const name of ["embeddings", "logits"] as const) {
        assert.deepEqual(got[name].dims, expected[name].shape);
        // Winograd's products in the one, plain convolutions in the other: 4e-6.
        const error = relativeError(got[name].data as Float32Array, expected[name].dataSync());
        assert.ok(error < 2e-5, `${name} at batch size ${batch}: ${error}`);
      }
    });
  }
  session.dispose();
  net.model.dispose();
  head.dispose();
});
