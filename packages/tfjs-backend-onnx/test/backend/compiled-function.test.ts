import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { type OnnxBackend, OrtSession } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

let backend: OnnxBackend;
before(async () => {
  await tf.setBackend("onnx");
  backend = tf.backend() as OnnxBackend;
});
afterEach(() => {
  backend.checkReplays = 0;
});

/** Bits of float32 numbers, so that nothing else than the same ones is equal. */
const bits = (x: tf.Tensor) => [...new Uint32Array((x.dataSync() as Float32Array).slice().buffer)];

/** A step of gradient descent with momentum, whose rate is a tensor. */
function descent() {
  const weights = tf.variable(tf.randomNormal([3, 2], 0, 1, "float32", 1));
  const velocity = tf.variable(tf.zeros([3, 2]), false);
  const step = (x: tf.Tensor2D, rate: tf.Scalar) => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(tf.sub(tf.matMul(x, weights as tf.Tensor2D), 1))) as tf.Scalar,
      [weights],
    );
    velocity.assign(tf.add(tf.mul(velocity, 0.9), grads[weights.name]));
    weights.assign(tf.sub(weights, tf.mul(velocity, rate)));
    return { loss: value };
  };
  return { step, weights, dispose: () => tf.dispose([weights, velocity]) };
}

test("compile() replays a training step from the third call on, with the same bits and no further model", () => {
  const [plain, other] = [descent(), descent()];
  const compiled = backend.compile(other.step);
  const count = tf.memory().numTensors;
  let models = 0;
  for (let i = 0; i < 8; i++) {
    const [x, rate] = [tf.randomNormal<tf.Rank.R2>([4, 3], 0, 1, "float32", i), tf.scalar(0.1 / (i + 1))];
    const expected = tf.tidy(() => plain.step(x, rate));
    const wanted = [expected.loss, plain.weights].map(bits);
    const got = compiled(x, rate);
    assert.deepEqual([got.loss, other.weights].map(bits), wanted, `call ${i + 1}`);
    tf.dispose([x, rate, expected, got]);
    if (i === 2) models = backend.compilations;
  }
  assert.equal(compiled.replays, 6);
  assert.equal(compiled.refusal, undefined);
  assert.equal(backend.compilations, models);
  assert.equal(tf.memory().numTensors, count);
  plain.dispose();
  other.dispose();
});

test("a replay reads what its function made out of JavaScript and reshaped, whatever was made since", () => {
  const weights = Float32Array.from({ length: 2048 }, (_, i) => i % 7);
  const product = (x: tf.Tensor2D) => tf.matMul(x, tf.tensor1d(weights).reshape([32, 64]));
  const compiled = backend.compile(product);
  const x = tf.ones<tf.Rank.R2>([2, 32]);
  const wanted = product(x).dataSync();
  for (let call = 0; call < 4; call++) {
    const y = compiled(x);
    assert.deepEqual(y.dataSync(), wanted, `call ${call}`);
    tf.dispose([y, tf.tensor1d(new Float32Array(2048).fill(9))]);
  }
  assert.equal(compiled.replays, 2);
  x.dispose();
});

test("compile() computes in a replay only by ONNX Runtime, once", () => {
  const { step, dispose } = descent();
  let calls = 0;
  const compiled = backend.compile((x: tf.Tensor2D, rate: tf.Scalar) => {
    calls++;
    return step(x, rate);
  });
  const [x, rate] = [tf.ones<tf.Rank.R2>([4, 3]), tf.scalar(0.1)];
  for (let i = 0; i < 2; i++) tf.tidy(() => compiled(x, rate).loss.dataSync());
  const { runInto } = OrtSession.prototype;
  let runs = 0;
  OrtSession.prototype.runInto = function (...args) {
    runs++;
    runInto.apply(this, args);
  };
  try {
    for (let i = 0; i < 3; i++) tf.tidy(() => compiled(x, rate).loss.dataSync());
  } finally {
    OrtSession.prototype.runInto = runInto;
  }
  assert.deepEqual([calls, runs], [2, 3]);
  dispose();
  tf.dispose([x, rate]);
});

test("compile() records anew for other shapes, types and plain values, and keeps what it knows of the first", () => {
  let calls = 0;
  const compiled = backend.compile((x: tf.Tensor, { factor }: { factor: number }) => {
    calls++;
    return tf.mul(x, factor);
  });
  const call = (x: tf.TensorLike, factor: number, dtype: "float32" | "int32" = "float32") =>
    tf.tidy(() => Array.from(compiled(tf.tensor(x, undefined, dtype), { factor }).dataSync()));
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(call([1, 2], 2 + i), [2 + i, 4 + 2 * i]);
    assert.deepEqual(call([1, 2, i], 2), [2, 4, 2 * i]);
    assert.deepEqual(call([3, i], 2), [6, 2 * i]);
    assert.deepEqual(call([3, i], 2, "int32"), [6, 2 * i]);
  }
  assert.equal(calls, 2 + 2 + 2 + 1 + 1); // three signatures came again, two did not
});

test("compile() records each call of a function whose numbers change", () => {
  let rate = 1;
  const compiled = backend.compile((x: tf.Tensor) => tf.mul(x, rate));
  const x = tf.tensor1d([1, 2]);
  for (; rate < 6; rate++) {
    const y = compiled(x);
    assert.deepEqual(Array.from(y.dataSync()), [rate, 2 * rate]);
    y.dispose();
  }
  assert.equal(compiled.replays, 0);
  assert.match(compiled.refusal ?? "", /made 5 out of JavaScript where it made 4 before/);
  const random = backend.compile((x: tf.Tensor) => tf.add(x, tf.randomNormal([2])));
  const drawn = Array.from({ length: 4 }, () => tf.tidy(() => random(x).dataSync()[0]));
  assert.equal(new Set(drawn).size, 4);
  x.dispose();
});

test("checkReplays finds a number that changes after the first calls", () => {
  let rate = 1;
  const compiled = backend.compile((x: tf.Tensor) => tf.mul(x, rate));
  const x = tf.tensor1d([1, 2]);
  const call = () => tf.tidy(() => compiled(x).dataSync()[0]);
  backend.checkReplays = 3;
  for (let i = 0; i < 5; i++) assert.equal(call(), 1);
  rate = 2;
  call();
  call();
  assert.throws(
    call,
    /expected that it does the same in every call, got that it made 2 out of JavaScript where/,
  );
  x.dispose();
});

test("compile() just calls functions that read, keep, capture or make what cannot be replayed, and says why", () => {
  const x = tf.tensor1d([1, 2]);
  const captured = tf.tensor1d([3, 4]);
  const kept: tf.Tensor[] = [];
  const made: tf.Variable[] = [];
  const cases: [(x: tf.Tensor) => tf.Tensor, RegExp][] = [
    [(x) => tf.mul(x, x.dataSync()[0]), /reads a tensor's contents/],
    [(x) => tf.mul(x, tf.neg(x).dataSync()[0]), /reads a tensor's contents/],
    [(x) => tf.mul(x, captured), /neither an argument nor a variable/],
    [(x) => tf.mul(x, kept[kept.push(tf.keep(tf.neg(x))) - 1]), /keeps a tensor/],
    [(x) => tf.mul(x, made[made.push(tf.variable(tf.scalar(2))) - 1]), /makes or disposes variables/],
    [(x) => x, /has not computed/],
  ];
  for (const [f, reason] of cases) {
    const compiled = backend.compile(f);
    for (let i = 0; i < 4; i++) assert.deepEqual(bits(compiled(x)), bits(f(x)));
    assert.equal(compiled.replays, 0);
    assert.match(compiled.refusal ?? "none", reason);
  }
  assert.throws(
    () => backend.compile((x: unknown) => x)(new Float32Array(2)),
    /expected arguments and results of/,
  );
  tf.dispose([x, captured, kept, made]);
});

test("compile() tells variables apart that shared their contents while it recorded", () => {
  const a = tf.variable(tf.tensor1d([1, 2]));
  const b = tf.variable(tf.tensor1d([0, 0]));
  b.assign(a);
  const compiled = backend.compile((x: tf.Tensor) => tf.add(tf.mul(a, x), b));
  const x = tf.tensor1d([10, 10]);
  const call = () => tf.tidy(() => Array.from(compiled(x).dataSync()));
  for (let i = 0; i < 3; i++) assert.deepEqual(call(), [11, 22]);
  tf.tidy(() => b.assign(tf.tensor1d([5, 6])));
  for (let i = 0; i < 4; i++) assert.deepEqual(call(), [15, 26]);
  b.assign(a);
  for (let i = 0; i < 4; i++) assert.deepEqual(call(), [11, 22]);
  const twice = backend.compile((x: tf.Tensor, y: tf.Tensor) => tf.add(x, tf.mul(y, 2)));
  for (let i = 0; i < 4; i++)
    assert.deepEqual(
      tf.tidy(() => Array.from(twice(x, x).dataSync())),
      [30, 30],
    );
  for (let i = 0; i < 4; i++)
    assert.deepEqual(
      tf.tidy(() => Array.from(twice(x, a).dataSync())),
      [12, 14],
    );
  tf.dispose([a, b, x]);
});

test("compile() takes arguments that are still to be computed, reshaped ones too, and returns one tensor twice", () => {
  const compiled = backend.compile((x: tf.Tensor) => {
    const y = tf.mul(tf.reshape(x, [4]), 2);
    return [y, tf.reshape(y, [2, 2]), tf.sum(y)];
  });
  const count = tf.memory().numTensors;
  for (let i = 0; i < 5; i++) {
    tf.tidy(() => {
      const [y, reshaped, sum] = compiled(tf.neg(tf.tensor2d([1, 2, 3, i], [2, 2])));
      assert.deepEqual(reshaped.shape, [2, 2]);
      y.dispose();
      assert.deepEqual(Array.from(reshaped.dataSync()), [-2, -4, -6, -2 * i]);
      assert.equal(sum.dataSync()[0], -12 - 2 * i);
    });
  }
  assert.equal(compiled.replays, 3);
  assert.equal(tf.memory().numTensors, count);
});

test("compile() leaves gradients through it right, and one compiled function may call another", () => {
  const square = backend.compile((x: tf.Tensor) => tf.square(x));
  const x = tf.tensor1d([1, 2]);
  const outer = backend.compile((x: tf.Tensor) => tf.neg(square(x)));
  for (let i = 0; i < 4; i++) {
    tf.tidy(() => {
      assert.deepEqual(Array.from(outer(x).dataSync()), [-1, -4]);
      assert.deepEqual(
        Array.from(
          tf
            .grad((x) => tf.sum(square(x)))(x)
            .dataSync(),
        ),
        [2, 4],
      );
    });
  }
  assert.equal(outer.replays, 2);
  x.dispose();
});

test("a replay that fails says so where it is read, and the next one is right", () => {
  const compiled = backend.compile((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(tf.neg(x), at));
  const x = tf.tensor1d([1, 2]);
  const call = (at: number) => tf.tidy(() => compiled(x, tf.tensor1d([at], "int32")).dataSync()[0]);
  assert.deepEqual([call(0), call(1), call(0)], [-1, -2, -1]);
  assert.throws(() => call(7), /Gather/);
  assert.equal(call(1), -2);
  x.dispose();
  assert.throws(() => call(1), { message: messageOf(() => tf.neg(x)) });
});

/** A tensor whose memory serves the results of other calls when it is gone. */
function computed(value: number, length: number): tf.Tensor {
  const x = tf.tidy(() => tf.add(tf.fill([length], value - 1), 1));
  tf.tidy(() => tf.sum(x).dataSync());
  return x;
}

test("a replay leaves alone what calls read that run after it, though its tensor is gone", () => {
  const compiled = backend.compile((a: tf.Tensor) => tf.mul(a, 3));
  const a = tf.fill([4096], 7);
  for (let i = 0; i < 4; i++) tf.tidy(() => compiled(a).dataSync());
  const others: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    "a call": (x) => tf.add(x, 10),
    "a call on a reshape": (x) => tf.add(tf.reshape(x, [2, 2048]), 10),
    "a replay": (x) => compiled(x),
    "a call behind a replay": (x) => tf.add(compiled(tf.neg(x)), x),
  };
  const expected = [15, 15, 15, -10];
  for (const [i, [name, f]] of Object.entries(others).entries()) {
    const x = computed(5, 4096);
    const [r, y] = [compiled(a), tf.tidy(() => f(x))];
    x.dispose();
    assert.equal(y.dataSync()[4095], expected[i], name);
    assert.equal(r.dataSync()[4095], 21, name);
    tf.dispose([r, y]);
  }
  a.dispose();
});

test("what did not run as a replay failed can be had later, though what it reads is gone", () => {
  const compiled = backend.compile((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(tf.neg(x), at));
  const few = tf.tensor1d([1, 2]);
  const call = (at: number) => tf.tidy(() => compiled(few, tf.tensor1d([at], "int32")));
  for (let i = 0; i < 3; i++) tf.tidy(() => call(1).dataSync());
  const x = computed(5, 6000);
  const wrong = call(9);
  const y = tf.tidy(() => tf.add(tf.reshape(x, [2, 3000]), 10));
  assert.throws(() => wrong.dataSync(), /Gather/);
  tf.dispose([wrong, x]);
  const other = computed(7, 6000);
  assert.equal(y.dataSync()[0], 15);
  tf.dispose([few, other, y]);
});

test("what failed can be had later, though what lies between was computed meanwhile and is gone", () => {
  const fails = backend.compile((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(tf.neg(x), at));
  const triple = backend.compile((x: tf.Tensor) => tf.mul(x, 3));
  const x = computed(5, 7000);
  const call = (at: number) => tf.tidy(() => fails(x, tf.tensor1d([at], "int32")));
  for (let i = 0; i < 3; i++) tf.tidy(() => void [call(1), triple(x)].map((y) => y.dataSync()));
  const wrong = call(7000);
  const between = tf.mul(x, 2);
  const y = tf.add(between, 10);
  assert.throws(() => wrong.dataSync(), /Gather/);
  wrong.dispose();
  assert.equal(
    tf.tidy(() => triple(between).dataSync()[0]),
    30,
  );
  between.dispose();
  const other = computed(7, 7000);
  assert.equal(y.dataSync()[0], 20);
  tf.dispose([x, other, y]);
});

function messageOf(f: () => unknown): string {
  try {
    return `nothing thrown: ${f()}`;
  } catch (error) {
    return (error as Error).message;
  }
}
