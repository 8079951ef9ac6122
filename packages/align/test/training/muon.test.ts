import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import * as tf from "@tensorflow/tfjs";
import { Muon, orthogonalised } from "../../training/muon.ts";

for (const [rows, columns] of [
  [6, 20],
  [20, 6],
]) {
  test(`the singular values of a ${rows} × ${columns} matrix come near 1, its directions stay`, async () => {
    await tf.setBackend("cpu");
    const random = new Random("muon", rows);
    const values = Float32Array.from({ length: rows * columns }, () => random.normal());
    const matrix = tf.tensor2d(values, [rows, columns]);
    const result = orthogonalised(matrix);
    const wide = rows < columns;
    const product = tf.matMul(result, result, !wide, wide).arraySync() as number[][];
    const diagonal = product.map((row, i) => row[i]);
    assert.ok(
      diagonal.every((value) => value > 0.4 && value < 1.5),
      String(diagonal),
    );
    const along = tf.sum(tf.mul(result, matrix)).dataSync()[0];
    const length = tf.norm(matrix).dataSync()[0];
    assert.ok(along > 0.5 * length * Math.sqrt(Math.min(rows, columns)));
  });
}

test("a minimum whose directions are 100 times as steep as others is reached", async () => {
  await tf.setBackend("cpu");
  const weights = tf.variable(tf.zeros([4, 4])) as tf.Variable<tf.Rank.R2>;
  const bias = tf.variable(tf.zeros([4]));
  const steepness = tf.tensor2d([1, 0.1, 0.01, 1, 1, 0.1, 0.01, 1, 1, 0.1, 0.01, 1, 1, 0.1, 0.01, 1], [4, 4]);
  const muon = new Muon([weights, bias], new Set([bias.name]));
  const loss = () => {
    const apart = tf.square(tf.sub(weights, tf.eye(4)));
    return tf.add(tf.sum(tf.mul(steepness, apart)), tf.sum(tf.square(tf.sub(bias, 1)))) as tf.Scalar;
  };
  const first = loss().dataSync()[0];
  const steps = 200;
  for (let step = 0; step < steps; step++) {
    tf.tidy(() =>
      muon.applyGradients(tf.variableGrads(loss, [weights, bias]).grads, 0.1 * (1 - step / steps)),
    );
  }
  const last = loss().dataSync()[0];
  assert.ok(last < 0.02 * first, `${first} to ${last}`);
  muon.dispose();
});
