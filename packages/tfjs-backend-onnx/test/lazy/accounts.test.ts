import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** What `tf.memory()` counts now. */
function counts() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
}

/** A program that keeps, reshapes, reads and disposes of tensors, and what was counted on the way. */
function program(): ReturnType<typeof counts>[] {
  const start = counts();
  const seen: ReturnType<typeof counts>[] = [];
  const look = () => {
    const { numTensors, numDataBuffers, numBytes } = counts();
    seen.push({
      numTensors: numTensors - start.numTensors,
      numDataBuffers: numDataBuffers - start.numDataBuffers,
      numBytes: numBytes - start.numBytes,
    });
  };
  const images = normal([2, 5, 4, 3], 1) as tf.Tensor4D;
  look();
  const weights = tf.variable(normal([3, 3, 3, 4], 2));
  const optimizer = tf.train.adam(0.01);
  for (let step = 0; step < 3; step++) {
    const loss = optimizer.minimize(() => {
      const features = tf.relu(tf.conv2d(images, weights as tf.Tensor as tf.Tensor4D, 1, "same"));
      look();
      return tf.mean(tf.square(tf.maxPool(features as tf.Tensor4D, 2, 2, "same"))) as tf.Scalar;
    }, true)!;
    look();
    if (step === 1) loss.dataSync();
    loss.dispose();
    look();
  }
  const kept = tf.tidy(() => {
    const y = tf.softmax(tf.reshape(images, [-1, 3]) as tf.Tensor2D);
    const { values, indices } = tf.topk(y, 2); // without an ONNX form
    const texts = tf.tensor1d(["one", "three"]);
    look();
    return [tf.keep(tf.sum(y)), tf.unstack(y, 1)[1], values, tf.clone(indices), texts, tf.zeros([0, 3])];
  });
  look();
  const view = tf.reshape(kept[1], [2, 20]);
  kept[1].dispose();
  look();
  view.dataSync();
  look();
  const pair = tf.complex(tf.real(tf.complex([1, 2], [3, 4])), [5, 6]);
  look();
  tf.dispose([view, kept[0], ...kept.slice(2), pair, images]);
  look();
  weights.dispose();
  optimizer.dispose();
  look();
  return seen;
}

test("memory() counts what it counts on the backend cpu, at every point of a program", async () => {
  await tf.setBackend("cpu");
  const expected = program();
  await tf.setBackend("onnx");
  const got = program();
  assert.deepEqual(got, expected);
});

test("tidy() disposes of what was made in it and not returned, also of what was never computed", () => {
  const start = counts();
  const kept = tf.tidy(() => {
    const x = normal([4, 4], 1);
    tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D);
    return tf.add(x, 1);
  });
  const after = counts();
  assert.equal(after.numTensors, start.numTensors + 1);
  assert.equal(after.numBytes, start.numBytes + 4 * 16);
  const compiled = (tf.backend() as OnnxBackend).compilations;
  kept.dataSync();
  assert.equal((tf.backend() as OnnxBackend).compilations, compiled + 1);
  kept.dispose();
  assert.deepEqual(counts(), start);
  assert.throws(() => kept.dataSync(), /disposed/);
});

test("the contents of tensors that were disposed of are freed", async () => {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  const collect = Bun ? () => Bun.gc(true) : (globalThis as { gc?: () => void }).gc;
  assert.ok(collect, "run with --expose-gc");
  const contents: WeakRef<object>[] = [];
  for (let i = 0; i < 20; i++) {
    const y = tf.tidy(() => tf.mul(tf.fill([1000 + i], i), 2));
    contents.push(new WeakRef(y.dataSync()));
    y.dispose();
  }
  // Buffers wait for some runs in case another result fits them.
  for (let i = 0; i < 10; i++) tf.tidy(() => tf.add(tf.scalar(i), 1).dataSync());
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect();
  const alive = contents.filter((content) => content.deref() !== undefined).length;
  assert.ok(alive <= 4, `${alive} of ${contents.length} are still there`); // a stack may still name the last ones
});

test("profile() tells the kernels, bytes and tensors that it tells on the backend cpu, and what each took", async () => {
  const told: { name: string; shapes: number[][]; bytes: number; tensors: number }[][] = [];
  const totals: object[] = [];
  for (const backend of ["cpu", "onnx"]) {
    await tf.setBackend(backend);
    const x = normal([8, 16], 1) as tf.Tensor2D;
    const info = await tf.profile(() => tf.tidy(() => tf.sum(tf.softmax(tf.matMul(x, x, false, true)))));
    told.push(
      info.kernels.map(({ name, outputShapes, bytesAdded, tensorsAdded }) => ({
        name,
        shapes: outputShapes,
        bytes: bytesAdded,
        tensors: tensorsAdded,
      })),
    );
    totals.push({ bytes: info.newBytes, tensors: info.newTensors, peak: info.peakBytes });
    for (const { name, kernelTimeMs } of info.kernels) {
      const ms = await kernelTimeMs;
      assert.ok(typeof ms === "number" && ms >= 0 && ms < 1000, `${name} took ${ms}`);
    }
    tf.dispose([x, info.result as tf.Tensor]);
  }
  assert.deepEqual(told[1], told[0]);
  assert.deepEqual(totals[1], totals[0]);
});

test("time() takes in what the kernels take, not what compiling them takes, and nothing called before", async () => {
  const size = 600;
  const x = normal([size, size], 1) as tf.Tensor2D;
  const product = () => tf.tidy(() => void [1, 2, 3, 4].reduce((y) => tf.matMul(y, x) as tf.Tensor2D, x));
  const kept: tf.Tensor[] = [];
  const computed = () => {
    kept.push(tf.tidy(() => [1, 2, 3, 4].reduce((y) => tf.matMul(y, x) as tf.Tensor2D, x)));
  };
  x.dataSync();
  const unused = await tf.time(product);
  const first = await tf.time(computed);
  const second = await tf.time(computed);
  const later = await tf.time(() => {});
  const flops = 4 * 2 * size ** 3;
  const fastest = (flops / 20e12) * 1000; // no processor of ours does 20 TFLOP/s
  for (const { kernelMs, wallMs } of [first, second] as { kernelMs: number; wallMs: number }[]) {
    assert.ok(kernelMs > fastest, `${kernelMs} ms`);
    assert.ok(wallMs >= kernelMs);
  }
  // The first call compiled a model, which takes milliseconds.
  assert.ok((first.wallMs as number) - (first.kernelMs as number) > 0.2);
  // Nothing is computed whose tensor is gone, and nothing is left for later.
  assert.ok((unused.kernelMs as number) < (second.kernelMs as number));
  assert.ok((later.kernelMs as number) < (second.kernelMs as number) / 2);
  tf.dispose([x, ...kept]);
});
