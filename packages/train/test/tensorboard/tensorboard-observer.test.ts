import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { readSafetensors } from "@amface/nets";
import { type TrainConfigInput, train } from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";
import { noReader, readEvents } from "./read-events.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(7, 4, {
    embeddingSize: 8,
    epochSize: 4,
    maxNrofEpochs: 2,
    learningRate: 0.02,
    validationIdentities: 4,
    validationPairs: 16,
    histogramSteps: 4,
  }));
});
after(() => remove());

const skip = noReader();

test("a run that was stopped and resumed leaves events of every step once, and they say what the metrics say", {
  skip,
  timeout: 60_000,
}, async () => {
  const runDir = join(dir, "run");
  const stop = new AbortController();
  await train(config, {
    runDir,
    signal: stop.signal,
    onStep: ({ step }) => void (step === 5 && stop.abort()),
  });
  const { scores } = await train(config, { runDir, resume: true });
  const { versions, tags } = readEvents(join(runDir, "tensorboard"));
  assert.deepEqual(versions, [
    [0, "brain.Event:2"],
    [0, "brain.Event:2"],
  ]);
  const lines = (await readFile(join(runDir, "metrics.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const scalars = {
    "train/loss": "loss",
    "train/cross-entropy": "crossEntropy",
    "train/accuracy": "accuracy",
    "train/target cosine": "targetCosine",
    "train/gradient norm": "gradientNorm",
    "train/learning rate": "learningRate",
    "speed/images per second": "imagesPerSecond",
  };
  for (const [tag, key] of Object.entries(scalars)) {
    assert.deepEqual(
      tags[tag],
      Object.fromEntries(lines.map((line) => [line.step, Math.fround(line[key])])),
      tag,
    );
  }
  const theta = tags["theta/target"] as Record<string, { num: number; counts: number[]; sum: number }>;
  assert.deepEqual(Object.keys(theta), ["1", "4", "8"]);
  for (const [step, { num, counts, sum }] of Object.entries(theta)) {
    assert.deepEqual([num, counts.reduce((total, count) => total + count)], [4, 4]);
    // The mean of cosines and the cosine of the mean angle differ, but not by much for a few angles near each other.
    const cosine = lines[Number(step) - 1].targetCosine;
    assert.ok(
      Math.abs(Math.cos((sum / num / 180) * Math.PI) - cosine) < 0.1,
      `${step}: ${sum / num}°, cosine ${cosine}`,
    );
  }
  assert.deepEqual(Object.keys(tags["theta/hardest other"]), ["1", "4", "8"]);
  assert.deepEqual(Object.keys(tags["weight norm/head"]), ["1", "4", "8"]);
  assert.ok(Object.keys(tags).filter((tag) => tag.startsWith("gradient norm/net/")).length > 10);
  assert.deepEqual(tags["validation/accuracy"][8], Math.fround(scores!.last.validation!.accuracy.mean));
  assert.deepEqual(Object.keys(tags["validation/accuracy"]), ["4", "8"]);
  const crops = tags.crops as Record<string, { width: number; height: number; size: number[] }>;
  assert.deepEqual(Object.keys(crops), ["1", "6"]); // of each session
  assert.deepEqual(crops[1].size, [crops[1].width, crops[1].height]);
});

test("measuring a step in detail changes no bit of what is trained", { timeout: 60_000 }, async () => {
  const runs = [{ histogramSteps: 1 }, { tensorboard: false }];
  const weights = [];
  for (const [i, change] of runs.entries()) {
    const run = { ...config, ...change, validationIdentities: 0 };
    const { checkpoint } = await train(run, { runDir: join(dir, `bits-${i}`) });
    weights.push([...(await readSafetensors(checkpoint)).tensors.values()]);
  }
  assert.deepEqual(weights[0], weights[1]);
});
