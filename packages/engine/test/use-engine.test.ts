import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineCandidate, probeEngines, useEngine } from "@amface/engine";
import * as tf from "@tensorflow/tfjs";

const missing: EngineCandidate = {
  name: "tensorflow",
  device: "gpu",
  what: "a native binding",
  load: () => Promise.reject(new Error("expected CUDA, got none")),
};
const plain: EngineCandidate = { name: "cpu", device: "cpu", what: "plain JavaScript", load: async () => {} };

test("useEngine() takes the first engine that loads and says why the ones before it do not", async () => {
  const choice = await useEngine(undefined, [missing, plain]);
  assert.equal(tf.getBackend(), "cpu");
  assert.equal(choice.name, "cpu");
  assert.deepEqual(choice.rejected, [
    { name: "tensorflow", device: "gpu", reason: "expected CUDA, got none" },
  ]);
});

test("useEngine() asked for an engine that cannot load fails with that engine's reason", async () => {
  await assert.rejects(
    useEngine("tensorflow:gpu", [missing, plain]),
    /engine tensorflow:gpu.*\n.*expected CUDA, got none/,
  );
});

test("useEngine() refuses a name that no engine has and lists the names", async () => {
  await assert.rejects(useEngine("abacus", [missing, plain]), {
    name: "RangeError",
    message: "Cannot use engine abacus: expected one of tensorflow:gpu, cpu:cpu",
  });
});

test("useEngine() by itself finds an engine that can train", async () => {
  const { name } = await useEngine();
  assert.ok(["tensorflow", "onnx"].includes(name), name);
});

test("probeEngines() computes on every engine that works and leaves the backend as it was", async () => {
  await useEngine("cpu");
  const probes = await probeEngines();
  assert.equal(tf.getBackend(), "cpu");
  assert.ok(probes.find(({ name }) => name === "onnx")?.works);
  for (const { works, reason } of probes) assert.equal(works, reason === undefined);
});
