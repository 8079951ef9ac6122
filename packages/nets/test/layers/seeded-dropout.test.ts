import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { createNet, SeededDropout, setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";

before(() => tf.setBackend("cpu"));

function mask(layer: SeededDropout, step: number, training = true): number[] {
  layer.step = step;
  return tf.tidy(() => Array.from((layer.apply(tf.ones([10, 100]), { training }) as tf.Tensor).dataSync()));
}

test("SeededDropout draws the mask of its seed and step, and scales what it keeps", () => {
  const layer = new SeededDropout({ rate: 0.25, seed: 7 });
  const first = mask(layer, 1);
  assert.deepEqual(mask(layer, 1), first);
  assert.notDeepEqual(mask(layer, 2), first);
  assert.notDeepEqual(mask(new SeededDropout({ rate: 0.25, seed: 8 }), 1), first);
  const kept = first.filter((value) => value !== 0);
  assert.ok(kept.every((value) => Math.abs(value - 1 / 0.75) < 1e-6));
  assert.ok(Math.abs(kept.length - 750) < 60, `${kept.length} of 1000 kept`);
});

test("SeededDropout changes nothing outside training", () => {
  assert.ok(mask(new SeededDropout({ rate: 0.25, seed: 7 }), 1, false).every((value) => value === 1));
});

test("setDropoutStep() reaches the net's dropout, which is there only below keepProbability 1", () => {
  const options = { imageSize: [16, 16], embeddingSize: 4 } as const;
  const { model } = createNet("resface-small", { ...options, keepProbability: 0.5 });
  setDropoutStep(model, 12);
  const steps = model.layers.flatMap((layer) => (layer instanceof SeededDropout ? [layer.step] : []));
  assert.deepEqual(steps, [12]);
  model.dispose();
  const plain = createNet("resface-small", options).model;
  assert.ok(!plain.layers.some((layer) => layer instanceof SeededDropout));
  plain.dispose();
});
