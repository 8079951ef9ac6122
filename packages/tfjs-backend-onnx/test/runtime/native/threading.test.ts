import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { type OnnxBackend, ThreadingPolicy } from "../../../src/mod.ts";
import { CoreWatch } from "../../../src/runtime/native/core-watch.ts";

const SECOND = 1000;

/** A policy of a machine with so many cores, of which others keep `busy.cores` busy. */
function policyWith({ cores = 4, threads = 4, quota = Number.POSITIVE_INFINITY } = {}) {
  const busy = { cores: 0 };
  const policy = new ThreadingPolicy({ watch: { busyElsewhere: () => busy.cores }, quota, cores, threads });
  return { policy, busy };
}

test("threads spin where no other process needs their cores", () => {
  const { policy, busy } = policyWith({ threads: 2 });
  busy.cores = 2;
  assert.deepEqual(policy.at(0), {
    threads: 2,
    spinning: true,
    reason: "no other process needs their cores",
  });
});

test("threads sleep as soon as others take a core, and spin again after a minute without", () => {
  const { policy, busy } = policyWith();
  assert.equal(policy.at(0).spinning, true);
  busy.cores = 1.4;
  assert.equal(policy.at(1 * SECOND).spinning, true, "looked at every five seconds");
  const shared = policy.at(5 * SECOND);
  assert.deepEqual(shared, {
    threads: 4,
    spinning: false,
    reason: "other processes keep 1.4 of 4 cores busy",
  });
  busy.cores = 0;
  for (let second = 10; second < 65; second += 5) assert.equal(policy.at(second * SECOND), shared);
  assert.equal(policy.at(65 * SECOND).spinning, true);
});

test("threads sleep under a quota, however idle the machine is", () => {
  const { policy } = policyWith({ cores: 8, threads: 2, quota: 1.5 });
  assert.deepEqual(policy.at(0), { threads: 2, spinning: false, reason: "a quota leaves 1.5 of 8 cores" });
  assert.equal(policy.at(120 * SECOND).spinning, false);
});

test("a number of threads that makes no sense is an error", () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => policyWith().policy.setThreads(threads), {
      name: "RangeError",
      message: `Cannot compute: expected a positive number of threads, got ${threads}`,
    });
  }
});

test("what other processes take of the cores is seen, and this one's own work is not", async () => {
  const watch = new CoreWatch();
  const other = spawn(process.execPath, ["-e", "for (;;);"]);
  try {
    await setTimeout(400);
    watch.busyElsewhere();
    assert.equal(watch.busyElsewhere(), undefined, "too soon");
    await setTimeout(800);
    const busy = watch.busyElsewhere()!;
    assert.ok(busy > 0.2, `one process that never rests kept ${busy} cores busy`);
  } finally {
    other.kill("SIGKILL");
  }

  let own = 0;
  let now = 0;
  const alone = new CoreWatch(() => ({ now, busy: own, own }), { now, busy: own, own });
  now = own = 500;
  assert.equal(alone.busyElsewhere(), 0);
});

test("results are the same bit for bit whether threads spin or sleep, and models are compiled anew", async () => {
  await tf.setBackend("onnx");
  const backend = tf.backend() as OnnxBackend;
  const product = () => {
    const a = tf.randomNormal([300, 400], 0, 1, "float32", 1);
    const b = tf.randomNormal([400, 500], 0, 1, "float32", 2);
    return tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D).dataSync();
  };
  const results = [true, false].map((spinning) => {
    backend.spinning = spinning;
    assert.equal(backend.threading.spinning, spinning);
    return product();
  });
  assert.deepEqual(results[1], results[0]);

  const { threads } = backend.threading;
  const compiled = backend.compilations;
  product();
  assert.equal(backend.compilations, compiled);
  backend.setThreads(1);
  assert.equal(backend.threading.threads, 1);
  product();
  assert.ok(backend.compilations > compiled);
  backend.setThreads(threads);
  backend.spinning = "auto";
});
