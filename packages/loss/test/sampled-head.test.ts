import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { cosFace, crossEntropy, marginLogits, SampledHead, sampleIdentities } from "../src/mod.ts";
import { largestDifference, type Matrix, seededMatrix } from "./reference.ts";
import { gradientOf, REFERENCE } from "./reference-margins.ts";

before(() => tf.setBackend("onnx"));

test("sampleIdentities() takes all of the batch and as many others as the rate asks for, each once", () => {
  const labels = [7, 999, 7, 0, 500];
  for (const rate of [0.001, 0.004, 0.1, 0.73, 1]) {
    const sample = sampleIdentities(labels, 1000, { rate, seed: 1, step: 3 });
    assert.equal(sample.length, Math.max(4, Math.round(rate * 1000)));
    assert.ok(sample.every((identity, i) => i === 0 || identity > sample[i - 1]));
    assert.ok(sample[0] >= 0 && sample[sample.length - 1] < 1000);
    for (const label of labels) assert.ok(sample.includes(label));
  }
});

test("sampleIdentities() draws by seed and step, and every negative about as often", () => {
  const draw = (seed: number, step: number) => [...sampleIdentities([3], 100, { rate: 0.2, seed, step })];
  assert.deepEqual(draw(1, 2), draw(1, 2));
  assert.notDeepEqual(draw(1, 2), draw(1, 3));
  assert.notDeepEqual(draw(1, 2), draw(2, 2));
  const counts = new Array<number>(100).fill(0);
  for (let step = 0; step < 5000; step++) for (const identity of draw(1, step)) counts[identity]++;
  assert.equal(counts[3], 5000);
  const expected = (5000 * 19) / 99; // of a binomial distribution with deviation 28
  counts.forEach((count, identity) => {
    assert.ok(identity === 3 || Math.abs(count - expected) < 5 * 28, `${identity}: ${count}`);
  });
});

test("sampleIdentities() refuses labels and rates out of range", () => {
  const options = { rate: 0.1, seed: 0, step: 0 };
  assert.throws(() => sampleIdentities([10], 10, options), /expected labels in 0..9, got 10/);
  assert.throws(() => sampleIdentities([1], 10, { ...options, rate: 0 }), /a rate in \(0, 1\], got 0/);
});

const MARGIN = { margin: cosFace(0.35), scale: 30 };

/** Loss and gradients of a batch by a head's sample. */
function step(head: SampledHead, embeddings: Matrix, labels: number[], at: number) {
  return tf.tidy(() => {
    const { identities, rows_SD, labels_B } = head.sample(labels, at);
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor, rows: tf.Tensor) =>
      crossEntropy(
        marginLogits(x as tf.Tensor2D, tf.transpose(rows) as tf.Tensor2D, labels_B, MARGIN),
        labels_B,
      ),
    )([tf.tensor2d(embeddings), rows_SD]);
    const [byEmbeddings, byRows] = grads.map((gradient) => gradient.arraySync() as Matrix);
    return { identities, rows: rows_SD.arraySync(), loss: value.dataSync()[0], byEmbeddings, byRows };
  });
}

test("SampledHead's gradient is exact for the sampled identities", () => {
  const head = new SampledHead({ embeddingSize: 6, identities: 40, rate: 0.25, seed: 4 });
  head.weights.forEach((_, i) => {
    head.weights[i] *= 100; // for differences that float64 resolves
  });
  const [embeddings, labels] = [seededMatrix(5, 6, 1), [3, 39, 3, 17, 0]];
  const got = step(head, embeddings, labels, 8);
  assert.equal(got.identities.length, 10);
  const columns = got.rows[0].map((_, d) => got.rows.map((row) => row[d]));
  const given = { embeddings, head: columns, labels: labels.map((label) => got.identities.indexOf(label)) };
  const loss = { margin: REFERENCE.cosFace(0.35), scale: 30 };
  assert.ok(largestDifference(got.byEmbeddings, gradientOf(given, loss, "embeddings")) < 3e-5);
  const byHead = gradientOf(given, loss, "head");
  const byRows = byHead[0].map((_, s) => byHead.map((row) => row[s]));
  assert.ok(largestDifference(got.byRows, byRows) < 3e-5);
});

test("SampledHead at rate 1 is the whole head", () => {
  const head = new SampledHead({ embeddingSize: 6, identities: 12, rate: 1, seed: 4 });
  const { identities, rows } = step(head, seededMatrix(2, 6, 1), [3, 4], 0);
  assert.deepEqual(
    [...identities],
    Array.from({ length: 12 }, (_, n) => n),
  );
  assert.deepEqual(rows.flat(), [...head.weights]);
});

test("SampledHead updates the sampled identities by momentum and leaves the others", () => {
  const head = new SampledHead({ embeddingSize: 2, identities: 5, rate: 0.4, seed: 4 });
  const old = head.weights.slice();
  const identities = Int32Array.of(1, 3);
  const rule = { learningRate: 0.1, momentum: 0.5, weightDecay: 0.01 };
  head.update(identities, Float32Array.of(1, 2, 3, 4), rule);
  head.update(identities, Float32Array.of(1, 2, 3, 4), rule);
  for (let i = 0; i < old.length; i++) {
    const gradient = [0, 0, 1, 2, 0, 0, 3, 4, 0, 0][i];
    if (gradient === 0) {
      assert.equal(head.weights[i], old[i]);
      continue;
    }
    const first = gradient + 0.01 * old[i];
    const then = old[i] - 0.1 * first;
    const second = 0.5 * first + gradient + 0.01 * then;
    assert.ok(Math.abs(head.weights[i] - (then - 0.1 * second)) < 1e-6);
  }
  assert.throws(
    () => head.update(identities, Float32Array.of(1), rule),
    /expected 2 × 2 finite values, got 1/,
  );
  const bad = Float32Array.of(1, 2, Number.NaN, 4);
  assert.throws(() => head.update(identities, bad, rule), /not all of them finite/);
  assert.throws(() => new SampledHead({ ...head.options, rate: 2 }), /a rate in \(0, 1\]/);
});

test("SampledHead gives and takes class weights and velocities of some identities", () => {
  const head = new SampledHead({ embeddingSize: 2, identities: 4, rate: 1, seed: 4, deviation: 1 });
  const largest = Math.max(...head.weights);
  assert.ok(largest > 0.05 && largest < Math.sqrt(3), `${largest}`);
  const before = head.weights.slice();
  head.assign(Int32Array.of(1, 3), Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8));
  assert.deepEqual([...head.weights], [before[0], before[1], 1, 2, before[4], before[5], 3, 4]);
  const velocities = head.velocitiesOf(Int32Array.of(0, 3));
  assert.deepEqual(velocities.arraySync(), [
    [0, 0],
    [7, 8],
  ]);
  velocities.dispose();
  const [rows, none] = [Float32Array.of(1, 2, 3, 4), Float32Array.of()];
  assert.throws(() => head.assign(Int32Array.of(0, 1), rows, none), /expected 2 × 2 .* got 4 and 0/);
});

for (const useNesterov of [false, true]) {
  test(`SampledHead catches up with what ${useNesterov ? "Nesterov's " : ""}momentum makes of steps without a gradient`, () => {
    const head = new SampledHead({ embeddingSize: 2, identities: 3, rate: 1, seed: 4, deviation: 1 });
    const identities = Int32Array.of(0, 1, 2);
    const [weights, velocities] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, -1, 0.5, 2, 0, -3)];
    head.assign(identities, weights, velocities, 5);
    const idle = { learningRate: 0.1, momentum: 0.8, useNesterov };
    for (const missed of [0, 1, 4, 90]) {
      const [w, v] = [Array.from(weights), Array.from(velocities)];
      for (let n = 0; n < missed; n++) {
        for (const i of w.keys()) {
          v[i] *= 0.8;
          w[i] -= 0.1 * (useNesterov ? 0.8 * v[i] : v[i]);
        }
      }
      const { rows_SD, labels_B } = head.sample([0], 5 + missed, idle);
      const velocities_SD = head.velocitiesOf(identities, 5 + missed, idle);
      for (const [got, expected] of [
        [rows_SD, w],
        [velocities_SD, v],
      ] as const) {
        const values = got.dataSync();
        assert.ok(
          expected.every((value, i) => Math.abs(value - values[i]) < 1e-6),
          `${missed}: ${values}, ${expected}`,
        );
      }
      tf.dispose([rows_SD, labels_B, velocities_SD]);
    }
    assert.deepEqual(head.weights, weights);
  });
}

test("SampledHead learns one batch among 1,000 identities by a tenth of them", () => {
  const head = new SampledHead({ embeddingSize: 16, identities: 1000, rate: 0.1, seed: 4 });
  const embeddings = seededMatrix(4, 16, 3);
  const labels = [5, 77, 500, 999];
  let loss = 0;
  for (let at = 0; at < 60; at++) {
    const got = step(head, embeddings, labels, at);
    loss = got.loss;
    const gradient = Float32Array.from(got.byRows.flat());
    head.update(got.identities, gradient, { learningRate: 1e-3, momentum: 0.9, weightDecay: 0 });
  }
  assert.ok(loss < 0.05, `${loss}`);
});
