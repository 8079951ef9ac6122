import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { WantedLayouts } from "../../src/compile/wanted-layouts.ts";
import type { LazyValue } from "../../src/lazy/lazy-value.ts";
import { collect } from "../../src/lazy/subgraph.ts";
import type { OnnxBackend } from "../../src/mod.ts";
import { OIHW } from "../../src/runtime/layouts.ts";

before(() => tf.setBackend("onnx"));

const contents = (tensor: tf.Tensor) => (tf.backend() as OnnxBackend).contents(tensor) as LazyValue;

test("a filter's velocity takes the layout that the convolution wants of the filter", () => {
  tf.tidy(() => {
    const filter = tf.randomNormal([3, 3, 4, 5], 0, 1, "float32", 1) as tf.Tensor4D;
    const velocity = tf.randomNormal([3, 3, 4, 5], 0, 1, "float32", 2);
    const unrelated = tf.randomNormal([3, 3, 4, 5], 0, 1, "float32", 3);
    const images = tf.randomNormal([2, 6, 6, 4], 0, 1, "float32", 4) as tf.Tensor4D;
    const output = tf.conv2d(images, filter, 1, "same");
    const next = tf.add(filter, tf.mul(velocity, 0.9));
    const layouts = new WantedLayouts(collect([output, next, tf.neg(unrelated)].map(contents)), {
      hasGradients: true,
      recompute: false,
      onProcessor: false,
      blockSize: 0,
    });
    assert.deepEqual(layouts.of(contents(filter)), OIHW);
    assert.deepEqual(layouts.of(contents(velocity)), OIHW);
    assert.equal(layouts.of(contents(unrelated)), undefined);
  });
});
