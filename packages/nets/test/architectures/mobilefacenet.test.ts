import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, importNet, readSafetensors } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { goldenEmbeddings, mobileFaceNetWeights, withoutGolden } from "../golden.ts";

before(() => tf.setBackend("onnx"));

for (const [backend, crops] of [
  ["onnx", 32],
  ["cpu", 1], // 2 seconds each
] as const) {
  test(`importNet() of the published MobileFaceNet embeds ${crops} golden crops on ${backend} to 1e-3`, {
    skip: withoutGolden,
  }, async () => {
    await tf.setBackend(backend);
    const { tensors } = await readSafetensors(mobileFaceNetWeights());
    const { model } = importNet("mobilefacenet", tensors);
    const { images, shape, embeddings, flipped } = goldenEmbeddings();
    tf.tidy(() => {
      const batch = tf.slice(tf.tensor4d(images, shape), 0, crops);
      for (const [input, expected] of [
        [batch, embeddings],
        ...(backend === "onnx" ? ([[tf.reverse(batch, 2), flipped]] as const) : []),
      ] as const) {
        const got = (model.predict(input) as tf.Tensor).dataSync();
        assert.equal(got.length, 128 * crops);
        got.forEach((value, i) => {
          assert.ok(Math.abs(value - expected[i]) < 1e-3, `value ${i}: ${value}, expected ${expected[i]}`);
        });
      }
    });
    model.dispose();
    await tf.setBackend("onnx");
  });
}

test("createNet() builds MobileFaceNet with the paper's million of parameters and its multiply-adds", () => {
  const { model, description } = createNet("mobilefacenet", { imageSize: [112, 112] });
  // The paper counts 0.99 million parameters and 221 million multiply-adds at 112×112.
  assert.ok(
    Math.abs(description.trainableParameters / 0.99e6 - 1) < 0.02,
    `${description.trainableParameters}`,
  );
  assert.ok(Math.abs(description.flops / 2 / 221e6 - 1) < 0.01, `${description.flops / 2}`);
  model.dispose();
});

test("createNet() ends MobileFaceNet with a depthwise convolution as large as the map", () => {
  const { model } = createNet("mobilefacenet", { imageSize: [64, 48], embeddingSize: 16 });
  assert.deepEqual(model.getLayer("global").weights[0].shape, [4, 3, 512, 1]);
  assert.deepEqual(model.outputs[0].shape, [null, 16]);
  model.dispose();
  assert.throws(() => createNet("mobilefacenet", { batchNorm: false }), /expected batchNorm true/);
});

test("importNet() names the tensor that is missing, wrong or too many", () => {
  const tensor = (name: string, shape: number[]) =>
    [name, { name, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const;
  const before = tf.memory().numTensors;
  const attempt = (...tensors: (readonly [string, never])[]) =>
    importNet("mobilefacenet", new Map(tensors), { source: "f" });
  assert.throws(() => attempt(), {
    name: "NetFileError",
    message: "Cannot load mobilefacenet from f: expected a tensor conv1.conv.weight, got none",
  });
  assert.throws(() => attempt(tensor("linear1.conv.weight", [4, 512, 1, 1]) as never), /conv1\.conv\.weight/);
  assert.equal(tf.memory().numTensors, before);
});
